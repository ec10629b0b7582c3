type Direction = 'ltr' | 'rtl'

/** Languages that are written from right to left, and scripts that say so themselves (`az-Arab`). */
const LANGUAGES = new Set(['ar', 'arc', 'ckb', 'dv', 'fa', 'he', 'iw', 'ji', 'khw', 'ks', 'nqo', 'pnb', 'ps', 'sd', 'syr', 'ug', 'ur', 'yi'])
const SCRIPT = /[-_]([a-z]{4})(?:[-_]|$)/i
const SCRIPTS = new Set(['adlm', 'arab', 'hebr', 'mand', 'nkoo', 'rohg', 'samr', 'syrc', 'thaa'])

/** The direction of the reader's language: of the frame of a mail, not of its contents. */
export function directionOfLocale(locale: string): Direction {
  const script = SCRIPT.exec(locale)?.[1]?.toLowerCase()
  const rightToLeft = script === undefined ? LANGUAGES.has((locale.split(/[-_]/)[0] ?? '').toLowerCase()) : SCRIPTS.has(script)
  return rightToLeft ? 'rtl' : 'ltr'
}

/** Tags and character references say nothing; the letters and marks of Hebrew, Arabic and their relatives run from right to left. */
const STRONG = /<[^<>]*>|&#?\w+;|([\u0590-\u08ff\u200f\ufb1d-\ufdff\ufe70-\ufefc\u{10800}-\u{10fff}\u{1e800}-\u{1efff}])|[\p{L}\u200e]/gu

/** The direction of the first letter of an HTML text, as `dir="auto"` finds it, except that it looks into elements that have a `dir` too. Null without letters. */
export function directionOfHtml(html: string): Direction | null {
  for (const [found, rightToLeft] of html.matchAll(STRONG)) {
    if (rightToLeft !== undefined) return 'rtl'
    if (!found.startsWith('<') && !found.startsWith('&')) return 'ltr'
  }
  return null
}
