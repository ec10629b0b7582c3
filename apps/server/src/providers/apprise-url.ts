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
  /** Keys in lower case, as they were sent otherwise: `+Name`, `-name` and `:name` keep their sign. The last of a name wins. */
  query: Map<string, string>
  raw: string
}

/** A provider's own reading of Apprise URLs: the two halves of its form, or a sentence that says what is wrong. */
export interface Apprise {
  schemes: string[]
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
    if (key !== '') query.set(decodeURIComponent(key).toLowerCase(), decodeURIComponent(value.join('=').replaceAll('+', ' ')))
  }
  return query
}
