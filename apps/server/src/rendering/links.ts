/** Longer targets are no links in browsers and mail programs either. */
const MAX_LINK = 2_048
const SCHEMES = new Set(['http:', 'https:', 'mailto:'])

/**
 * The target as it may be clicked, percent-encoded, or null when it may not: only http, https and mailto are links. `/path` is taken
 * as a path below `base`. Without a base a path stays one. White space and controls are refused before parsing, because URL parsers drop them
 * and see another target than we do (`java\nscript:`, `/\t/evil.test`).
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
