import { applicationUrlOf } from '../domain/application-url.ts'

/** Browsers and mail programs do not support longer targets either. */
const MAX_LINK = 2_048
const SCHEMES = new Set(['http:', 'https:', 'mailto:'])

/**
 * The percent-encoded target, or null when it is not permitted: only http, https and mailto are links, and `/path` below `base`, the address
 * of the application; without one a path leads nowhere. White space and controls are refused before parsing, because URL parsers drop them and see a
 * different target than we do (`java\nscript:`, `/\t/evil.test`).
 */
export function safeLink(target: string, base?: string): string | null {
  const text = target.trim()
  if (text === '' || text.length > MAX_LINK || /[\0-\x1f\x7f\\]/.test(text)) return null
  if (text.startsWith('/')) {
    return base === undefined || text.startsWith('//') ? null : applicationUrlOf(base, text)
  }
  const url = URL.parse(text)
  if (!url || !SCHEMES.has(url.protocol)) return null
  return url.href
}
