/** Texts that get a name: each is kept by the server once per connection, and a text that is new every time must not fill its memory. */
const KEPT = 400

export interface StatementNames {
  /** Undefined for a text that is seen for the first time, since most of those never come again, and once `KEPT` texts are known. */
  of(text: string): string | undefined
  /** What was prepared under the old names is not used again. */
  renew(): void
}

/** Names for statements: by its name the server runs a text that it has parsed and planned before. https://www.postgresql.org/docs/current/sql-prepare.html */
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
