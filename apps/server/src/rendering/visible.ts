/** C0 and C1 controls except tab and line feed, bidi embeddings, overrides and isolates, and noncharacters. */
const INVISIBLE = /[\0-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069\ufdd0-\ufdef\ufffe\uffff]/g

/**
 * Data made safe to show. Removes control characters (a terminal, a header or a vendor might act on them) and the characters that reverse
 * the reading direction (`exe.gpj`); Hebrew and Arabic do not need them. Line ends become `\n`.
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
