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
  /** Names that were given twice with different values; absent = none. */
  repeated?: string[]
  raw: string
}

/** A provider's parser for Apprise URLs: the two parts of its form, or an error sentence. */
export interface Apprise {
  schemes: string[]
  /** Accepts the vendor's own webhook address too: where this fits, `check` validates the whole address. */
  native?: RegExp
  /** Arguments with plain names that `parse` reads; any other that is not harmless everywhere is refused by its name. */
  reads?: readonly string[]
  /** What it reads of `user:password@`; absent = neither, and both are refused. */
  identity?: 'user' | 'both'
  /** The most segments of the path that it reads; absent = it looks at all of them. */
  segments?: number
  /** Arguments whose `no` is what the hub does anyway; any other value is refused. */
  off?: readonly string[]
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
    const { query, repeated } = queryOf(question)
    // The general arguments `user` and `pass` stand for what is before the @ (https://github.com/caronc/apprise/wiki/URLBasics).
    const taken = (...names: string[]): string | undefined => {
      const values = names.flatMap((name) => query.get(name) ?? [])
      for (const name of names) query.delete(name)
      // Two names of one thing: nobody could say which of them is meant.
      if (new Set(values).size > 1) repeated.push(names[0]!)
      return values[0]
    }
    const [givenUser, givenPassword] = [taken('user'), taken('pass', 'password')]
    const [name, secret] = [
      givenUser ?? (user && decodeURIComponent(user)),
      givenPassword ?? (password.length === 0 ? undefined : decodeURIComponent(password.join(':'))),
    ]
    return {
      scheme: scheme.toLowerCase(),
      secure: scheme.toLowerCase().endsWith('s'),
      ...(name === undefined || name === '' ? {} : { user: name }),
      ...(secret === undefined ? {} : { password: secret }),
      host: decodeURIComponent(host),
      ...(port === undefined ? {} : { port: Number(port) }),
      path: segments.filter((segment) => segment !== '').map((segment) => decodeURIComponent(segment)),
      query,
      ...(repeated.length === 0 ? {} : { repeated }),
      raw: text,
    }
  } catch {
    return null // a lone %
  }
}

function queryOf(text: string): { query: Map<string, string>; repeated: string[] } {
  const query = new Map<string, string>()
  const repeated: string[] = []
  for (const pair of text.split('&')) {
    const [key = '', ...rest] = pair.split('=')
    if (key === '') continue
    const decoded = decodeURIComponent(key)
    const name = /^[-+:]/.test(decoded) ? decoded : decoded.trim().toLowerCase()
    const value = decodeURIComponent(rest.join('=').replaceAll('+', ' '))
    if (query.has(name) && query.get(name) !== value) repeated.push(name)
    query.set(name, value)
  }
  return { query, repeated }
}

/** The targets of a URL: its path segments, and `to`, separated by commas. */
export const targetsOf = (path: string[], { query }: AppriseUrl): string[] => [
  ...path,
  ...(query.get('to') ?? '').split(/[\s,]+/).filter((target) => target !== ''),
]

/** Whether a yes/no argument says yes. */
export const saysYes = ({ query }: AppriseUrl, name: string): boolean => /^(y(es)?|true|1|on|always|enabled?|allow|\+)$/i.test(query.get(name) ?? '')

/** Whether it says no. */
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
