/** Whose pages may call the hub from a browser: every origin, or those listed, each as a browser writes it. */
export type AllowedOrigins = '*' | readonly string[]

/** Schemes of apps whose pages have an origin of their own, as `capacitor://localhost` or `chrome-extension://<id>`. */
const APP = /^[a-z][a-z0-9+.-]*:\/\/[a-z0-9._-]+(?::[0-9]{1,5})?$/
/** Their pages have the origin `null`, which any page can give itself. */
const OPAQUE = /^(?:file|data|blob|about|javascript):/i

/**
 * Reads `CARILLON_ALLOWED_ORIGINS`: `*`, or origins separated by commas. An origin is compared as text with the header that a browser sends
 * (RFC 6454, 6.2), so one that no browser sends would never match: each of those is a problem that names its entry and the rule.
 */
export function readOrigins(text: string): { origins: AllowedOrigins; problems: string[] } {
  const entries = text
    .split(',')
    .map((entry) => entry.trim())
    .filter((entry) => entry !== '')
  if (entries.length === 1 && entries[0] === '*') return { origins: '*', problems: [] }
  const problems = entries.flatMap((entry) => {
    const problem = problemOf(entry)
    return problem === null ? [] : [`"${entry}" ${problem}`]
  })
  return { origins: [...new Set(entries)], problems }
}

function problemOf(entry: string): string | null {
  if (entry === '*') return 'stands alone or not at all: it allows every origin, so the others say nothing'
  if (entry.includes('*')) return 'has a wildcard, and only whole origins are compared; list each origin, such as https://app.example.com'
  if (entry.toLowerCase() === 'null' || OPAQUE.test(entry)) return 'is not the origin of one page: any page can have the origin null, so serve yours over https'
  const url = URL.parse(entry)
  if (url === null || !entry.includes('://')) return 'is not an origin; an origin is scheme://host or scheme://host:port, such as https://app.example.com'
  if (!/^https?:$/.test(url.protocol))
    return APP.test(entry) ? null : 'is not an origin; it has a scheme, a host and perhaps a port, in lower case, and nothing else'
  return url.origin === entry ? null : `is not written as a browser sends it; write ${url.origin}`
}
