/** The character references that Markdown authors commonly write; an unknown one is kept as written. */
const NAMED: Record<string, string> = {
  amp: '&',
  lt: '<',
  gt: '>',
  quot: '"',
  apos: "'",
  nbsp: '\u00a0',
  copy: '©',
  reg: '®',
  trade: '™',
  hellip: '…',
  mdash: '—',
  ndash: '–',
  bull: '•',
  middot: '·',
  times: '×',
  euro: '€',
  pound: '£',
  laquo: '«',
  raquo: '»',
  larr: '←',
  rarr: '→',
}

export function decodeEntities(text: string): string {
  if (!text.includes('&')) return text
  return text.replace(/&(?:#(\d{1,7})|#[xX]([0-9a-fA-F]{1,6})|([a-z]{2,6}));/g, (all, decimal?: string, hex?: string, name?: string) => {
    if (name !== undefined) return NAMED[name] ?? all
    const code = decimal !== undefined ? Number(decimal) : Number.parseInt(hex ?? '0', 16)
    const usable = code > 0 && code <= 0x10ffff && (code < 0xd800 || code > 0xdfff)
    return usable ? String.fromCodePoint(code) : '\ufffd'
  })
}

const HTML: Record<string, string> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;', "'": '&#39;' }

/** For text and for quoted attribute values. */
export const escapeHtml = (text: string): string => text.replace(/[&<>"']/g, (char) => HTML[char] ?? char)
