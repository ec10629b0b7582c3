/** Browsers and mail programs do not support longer targets either. */
const MAX_LINK = 2_048
const SCHEMES = new Set(['http:', 'https:', 'mailto:'])

/**
 * The percent-encoded target, or null when it is not permitted: only http, https and mailto are links. `/path` is resolved below `base`;
 * without a base a path stays a path. White space and controls are refused before parsing, because URL parsers drop them and see a
 * different target than we do (`java\nscript:`, `/\t/evil.test`).
 */
export function safeLink(target: string, base?: string): string | null {
  const text = target.trim()
  if (text === '' || text.length > MAX_LINK || /[\0-\x1f\x7f\\]/.test(text)) return null
  if (text.startsWith('/')) {
    if (text.startsWith('//')) return null
    return base === undefined ? encodeURI(decodeSafely(text)) : new URL(text, base).href
  }
  const url = URL.parse(text)
  if (!url || !SCHEMES.has(url.protocol)) return null
  return url.href
}

function decodeSafely(path: string): string {
  try {
    return decodeURI(path.toWellFormed())
  } catch {
    return path.toWellFormed()
  }
}
