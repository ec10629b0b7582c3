/** C0 and C1 controls but tab and line feed, bidi embeddings, overrides and isolates, and noncharacters. */
const INVISIBLE = /[\0-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069\ufdd0-\ufdef\ufffe\uffff]/g

/**
 * Data as a reader may see it. Controls go (a terminal, a header or a vendor might act on them) and so do the marks that
 * turn the reading direction around (`exe.gpj`); the letters themselves are enough for Hebrew and Arabic. Line ends become `\n`.
 */
export const visible = (text: string): string =>
  text
    .toWellFormed()
    .replace(/\r\n?|[\u0085\u2028\u2029]/g, '\n')
    .replace(INVISIBLE, '')

/** The same on one line: titles, subjects, labels. A line break in data must never end a header. */
export const oneLine = (text: string): string =>
  visible(text)
    .replace(/[ \t\n]+/g, ' ')
    .trim()
