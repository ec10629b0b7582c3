/** The parts of an Apprise URL, percent-decoded. */
export interface AppriseUrl {
  /** In lower case: `mailtos`. */
  scheme: string
  /** The scheme ends in the `s` that asks for TLS, as in `gotifys`; the provider knows whether a scheme without it exists. */
  secure: boolean
  user?: string
  password?: string
  host: string
  port?: number
  path: string[]
  /** Keys in lower case, except `+Name` (header), `-name` (query) and `:name` (payload), which keep their case. The last of a repeated name wins. */
  query: Map<string, string>
  raw: string
}

/** A provider's parser for Apprise URLs: the two parts of its form, or an error sentence. */
export interface Apprise {
  schemes: string[]
  /** Accepts the vendor's own webhook address too: it begins with https:// and `check` validates it. */
  native?: true
  /** Arguments it reads in addition to those with plain names: `+Name` is a header, `-name` a query parameter. */
  signs?: readonly string[]
  parse(url: AppriseUrl): { settings?: object; destination: object } | string
}

/**
 * Parses `scheme://user:password@host:port/a/b?key=value` (https://github.com/caronc/apprise/wiki/URLBasics); null when invalid. WHATWG
 * URLs do not work here: a token may be in place of the host, and its case matters.
 */
export function parseAppriseUrl(text: string): AppriseUrl | null {
  const [, scheme, rest] = /^([a-z][a-z0-9+.-]*):\/\/([^\s\u0000-\u001f\u007f]+)$/i.exec(text.trim()) ?? []
  if (scheme === undefined || rest === undefined) return null
  const [, before = '', question = ''] = /^([^?]*)(?:\?(.*))?$/s.exec(rest) ?? []
  const [authority = '', ...segments] = before.split('/')
  const at = authority.lastIndexOf('@')
  const [user, ...password] = at < 0 ? [] : authority.slice(0, at).split(':')
  const [, host = '', port] = /^(.*?)(?::(\d{1,5}))?$/.exec(authority.slice(at + 1)) ?? []
  try {
    return {
      scheme: scheme.toLowerCase(),
      secure: scheme.toLowerCase().endsWith('s'),
      ...(user === undefined || user === '' ? {} : { user: decodeURIComponent(user) }),
      ...(password.length === 0 ? {} : { password: decodeURIComponent(password.join(':')) }),
      host: decodeURIComponent(host),
      ...(port === undefined ? {} : { port: Number(port) }),
      path: segments.filter((segment) => segment !== '').map((segment) => decodeURIComponent(segment)),
      query: queryOf(question),
      raw: text,
    }
  } catch {
    return null // a lone %
  }
}

function queryOf(text: string): Map<string, string> {
  const query = new Map<string, string>()
  for (const pair of text.split('&')) {
    const [key = '', ...value] = pair.split('=')
    const name = decodeURIComponent(key)
    if (key !== '') query.set(/^[-+:]/.test(name) ? name : name.toLowerCase(), decodeURIComponent(value.join('=').replaceAll('+', ' ')))
  }
  return query
}

/** The targets of a URL: its path segments, and `to`, separated by commas. */
export const targetsOf = (path: string[], { query }: AppriseUrl): string[] => [
  ...path,
  ...(query.get('to') ?? '').split(/[\s,]+/).filter((target) => target !== ''),
]

/** Whether a yes/no argument has this value. */
export const saysNo = ({ query }: AppriseUrl, name: string): boolean => /^(no?|false|0|off|never|disabled?|deny)$/i.test(query.get(name) ?? '')

/** `https://host:port`, or `http` when the scheme asks for no TLS. */
export const serverOf = ({ secure, host, port }: AppriseUrl, scheme = secure ? 'https' : 'http'): string =>
  `${scheme}://${host}${port === undefined ? '' : `:${port}`}`

/** The same, plus the path before the last segment, which is a key or token. */
export const serverAbove = (url: AppriseUrl): string =>
  serverOf(url) +
  url.path
    .slice(0, -1)
    .map((segment) => `/${encodeURIComponent(segment)}`)
    .join('')

/** The address of a URL that another server will parse, as a web URL: its host is then what it would be there, however it is spelled. */
export function handedOver(text: string): string {
  const url = parseAppriseUrl(text)
  if (url === null || /^https?$/.test(url.scheme)) return text
  return `http://${url.host.replace(/%[^\]]*/, '')}:${url.port ?? 80}`
}
