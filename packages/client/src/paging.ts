import type { Page } from './types.ts'

/** Iterates a list to its end, one page at a time; stops requesting when the caller stops reading. */
export async function* walk<T, Q extends { cursor?: string }>(list: (query: Q) => Promise<Page<T>>, query: Q): AsyncGenerator<T, void, undefined> {
  let asked = query
  for (;;) {
    const page = await list(asked)
    yield* page.items
    if (page.nextCursor === null) return
    asked = { ...query, cursor: page.nextCursor }
  }
}

/** A path with encoded parts: ids and keys may contain any character. */
export const path = (parts: TemplateStringsArray, ...values: string[]): string =>
  parts.reduce((whole, part, i) => whole + encodeURIComponent(values[i - 1] ?? '') + part)
