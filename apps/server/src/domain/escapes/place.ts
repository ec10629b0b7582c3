/** Where a text stands, as far as it matters to an escape. Absent = the worst case: it begins a line, and anything may follow. */
export interface Place {
  /** Something that is seen stands before it on its line. */
  after?: boolean | undefined
  /** Nothing follows it on its line. */
  last?: boolean | undefined
  /** Inside the label of a link. */
  label?: boolean | undefined
  /** Inside a table. */
  cell?: boolean | undefined
  /** Inside emphasis. */
  marked?: boolean | undefined
}

/** Writes plain text for one reader so that this reader shows exactly this text. */
export type Escape = (text: string, place?: Place) => string

/** The same for one line. */
export type Signs = (line: string, place: Place) => string

/** Shows nothing. It separates signs where a reader has no escape for them. */
export const ZERO = '\u200b'

/** Most texts: no sign in them has a meaning to any reader. */
const WORDS = /^[A-Za-z0-9][A-Za-z0-9, ]*$/

/** An escape for texts of any number of lines. */
export const everyLine =
  (signs: Signs): Escape =>
  (text, place = {}) => {
    if (WORDS.test(text)) return text
    if (!text.includes('\n')) return signs(text, place)
    const lines = text.split('\n')
    return lines
      .map((line, i) => signs(line, { ...place, after: place.after === true && i === 0, last: place.last === true || i < lines.length - 1 }))
      .join('\n')
  }
