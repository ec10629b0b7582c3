/** Maximum of named texts: the server keeps each once per connection, and texts that are new every time must not fill its memory. */
const KEPT = 400

export interface StatementNames {
  /** Undefined for a text on first sight, since most of those never repeat, and once `KEPT` texts are named. */
  of(text: string): string | undefined
  /** Statements prepared under the old names are not used again. */
  renew(): void
}

/**
 * Names for prepared statements: by its name the server runs a text that it has already parsed and planned.
 * https://www.postgresql.org/docs/current/sql-prepare.html
 */
export function createStatementNames(): StatementNames {
  const seen = new Map<string, string>()
  let count = 0
  return {
    of(text) {
      const name = seen.get(text)
      if (name === undefined) {
        if (seen.size < KEPT) seen.set(text, `s${count++}`)
        return undefined
      }
      return name
    },
    renew: () => seen.clear(),
  }
}
