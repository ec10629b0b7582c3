/** The parts of an Apprise URL, percent-decoded. */
export interface AppriseUrl {
  /** As it was written, in lower case: `mailtos`. */
  scheme: string
  /** The scheme ends in the `s` that asks for TLS, as in `gotifys`; whether its scheme has a form without is the provider's to know. */
  secure: boolean
  user?: string
  password?: string
  host: string
  port?: number
  path: string[]
  /** Keys in lower case, but for `+Name` (a header), `-name` (of the query) and `:name` (of the payload), which are kept as they are. The last of a name wins. */
  query: Map<string, string>
  raw: string
}

/** A provider's own reading of Apprise URLs: the two halves of its form, or a sentence that says what is wrong. */
export interface Apprise {
  schemes: string[]
  /** The webhook's own address, as the vendor shows it, may be pasted too: it begins with https:// and `check` knows it. */
  native?: true
  /** The arguments that it reads beside those with plain names: `+Name` is a header, `-name` an argument of the address. */
  signs?: readonly string[]
  parse(url: AppriseUrl): { settings?: object; destination: object } | string
}

/**
 * Takes `scheme://user:password@host:port/a/b?key=value` apart, as https://github.com/caronc/apprise/wiki/URLBasics has it; null when it is none.
 * WHATWG URLs do not do: tokens stand where a host should, in a case that matters.
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

/** To whom a URL goes: what stands in its path, and in `to`, apart by commas. */
export const targetsOf = (path: string[], { query }: AppriseUrl): string[] => [
  ...path,
  ...(query.get('to') ?? '').split(/[\s,]+/).filter((target) => target !== ''),
]

/** Whether an argument that is yes or no was given as this one. */
export const saysNo = ({ query }: AppriseUrl, name: string): boolean => /^(no?|false|0|off|never|disabled?|deny)$/i.test(query.get(name) ?? '')

/** `https://host:port`, or `http` where its scheme asks for no TLS. */
export const serverOf = ({ secure, host, port }: AppriseUrl, scheme = secure ? 'https' : 'http'): string =>
  `${scheme}://${host}${port === undefined ? '' : `:${port}`}`

/** The same, with what stands in its path before the last segment, which is a key or token. */
export const serverAbove = (url: AppriseUrl): string =>
  serverOf(url) +
  url.path
    .slice(0, -1)
    .map((segment) => `/${encodeURIComponent(segment)}`)
    .join('')
