import { cut } from '../../domain/cut.ts'

/**
 * Cuts a text to a vendor's limit with one `…`, at the border of a grapheme. `chars` are Unicode code points, `utf16` are units of UTF-16, `bytes`
 * are UTF-8. Rendering has already fitted the body (`capabilities.fits`); this is the last check before a vendor that would refuse the whole
 * message, and for short texts beside the body.
 */
export const truncate = (text: string, limit: number, unit: 'chars' | 'utf16' | 'bytes' = 'chars'): string => cut(text, limit, UNITS[unit])

const UNITS = { chars: 'points', utf16: 'chars', bytes: 'bytes' } as const

/** One line for a header, a title or a table row: control characters, line ends and Unicode line breaks become spaces, half a surrogate pair becomes U+FFFD. */
export const oneLine = (text: string): string =>
  text
    .toWellFormed()
    .replace(/[\u0000-\u001f\u007f-\u009f\u2028\u2029]+/g, ' ')
    .trim()
