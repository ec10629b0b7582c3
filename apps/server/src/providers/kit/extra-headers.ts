import { type TObject, Type } from 'typebox'
import { pointerStep } from '../../domain/json.ts'
import type { Apprise } from './apprise-url.ts'
import type { Http, HttpRequest, Problem } from './contract.ts'
import { hostOf, hostsIn } from './named-hosts.ts'
import { member } from './receipt.ts'

/** Custom headers of the operator or receiver; their values are secrets. */
export const extraHeaders = () =>
  Type.Record(Type.String(), Type.String({ maxLength: 4096, pattern: '^[^\\u0000-\\u0008\\u000a-\\u001f\\u007f]*$' }), {
    title: 'Extra headers',
    description: 'Sent with every request; their values are encrypted.',
    maxProperties: 20,
    'x-widget': 'headers',
    'x-secret': true,
    'x-advanced': true,
  })

/** Headers that frame the message, control the connection or carry the signature: setting them would allow smuggling or forgery. */
const FORBIDDEN =
  /^(host|content-length|content-type|transfer-encoding|connection|keep-alive|upgrade|te|trailer|expect|accept-encoding|user-agent|proxy-.*|webhook-.*|carillon-hops)$/i

/** A form with `headers` for a server that people host themselves, which may stand behind an access proxy. */
export const withServerHeaders = (form: TObject): TObject => ({
  ...form,
  properties: {
    ...form.properties,
    headers: Type.Optional({
      ...extraHeaders(),
      description: 'For a server behind an access proxy: sent with every request to it, and to no server that a person names. Their values are encrypted.',
    }),
  },
})

/**
 * The same job with an `http` that sends the headers of its settings: to the servers that the settings name, and to others only where an application
 * or an operator named them. A header that the provider sets itself stays.
 */
export function withHeaders<Job extends { settings: object; http: Http }>(job: Job): Job {
  const headers = headersOf(job.settings)
  if (Object.keys(headers).length === 0) return job
  const { http } = job
  const own = hostsIn(job.settings)
  const adding = (url: string, request: HttpRequest = {}): HttpRequest => {
    const set = new Set(Object.keys(request.headers ?? {}).map((name) => name.toLowerCase()))
    const more = Object.fromEntries(Object.entries(headers).filter(([name]) => !set.has(name)))
    return own.has(hostOf(url) ?? '') ? { ...request, headers: { ...more, ...request.headers } } : { ...request, operatorHeaders: more }
  }
  return { ...job, http: { ...http, request: (url, request) => http.request(url, adding(url, request)) } }
}

/** `reserved`: what the provider sets itself, from fields of its own. */
export function serverHeaderProblems(settings: object | undefined, reserved: readonly string[]): Problem[] {
  const headers = member(settings, 'headers')
  if (typeof headers !== 'object' || headers === null) return []
  const problems = headerProblems('/settings/headers', headers as Record<string, string>)
  const taken = Object.keys(headers).filter((name) => reserved.includes(name.toLowerCase()))
  return [...problems, ...taken.map((name) => ({ pointer: `/settings/headers/${name}`, message: 'is set by Carillon, from the other fields of this form' }))]
}

/** `+Name=value` of an Apprise URL, where the URL names the server: in the settings, or in a destination that is an address of it. */
export const withHeaderArguments = (apprise: Apprise, { properties }: TObject): Apprise => ({
  ...apprise,
  signs: [...(apprise.signs ?? []), '+'],
  parse(url) {
    const read = apprise.parse(url)
    const headers = Object.fromEntries([...url.query].flatMap(([name, value]) => (name.startsWith('+') ? [[name.slice(1), value]] : [])))
    if (typeof read === 'string' || Object.keys(headers).length === 0) return read
    const { settings = {}, destination } = read
    if (hostsIn(settings).size > 0) return { ...read, settings: { ...settings, headers } }
    const server = 'server' in properties ? Object.values(destination).flatMap((one) => URL.parse(String(one))?.origin ?? [])[0] : undefined
    if (server === undefined) return '+name= cannot be honoured, leave it out: the URL of a webhook takes no headers'
    return { ...read, settings: { ...settings, server, headers } }
  },
})

function headersOf(settings: object): Record<string, string> {
  const given = member(settings, 'headers')
  if (typeof given !== 'object' || given === null) return {}
  return allowedHeaders(Object.fromEntries(Object.entries(given).filter((entry): entry is [string, string] => typeof entry[1] === 'string')))
}

/** Names in lower case; forbidden headers are omitted. */
export const allowedHeaders = (headers: Record<string, string> = {}): Record<string, string> =>
  Object.fromEntries(Object.entries(headers).flatMap(([name, value]) => (FORBIDDEN.test(name) ? [] : [[name.toLowerCase(), value]])))

/** `pointer` is the JSON pointer of the headers field. */
export function headerProblems(pointer: string, headers: Record<string, string> = {}): Problem[] {
  const problems: Problem[] = []
  for (const [name, value] of Object.entries(headers)) {
    const at = `${pointer}/${pointerStep(name)}`
    if (!/^[!#$%&'*+.^_`|~0-9a-z-]{1,256}$/i.test(name)) problems.push({ pointer: at, message: 'is not a header name' })
    else if (FORBIDDEN.test(name)) problems.push({ pointer: at, message: 'is set by Carillon and cannot be replaced' })
    // RFC 9110 5.5: characters beyond Latin-1 cannot be sent, and every message would fail.
    else if (/[^\u0000-\u00ff]/.test(value)) problems.push({ pointer: at, message: 'contains a character that a header cannot carry' })
  }
  return problems
}
