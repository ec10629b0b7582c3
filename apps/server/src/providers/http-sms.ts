import { type Static, Type } from 'typebox'
import { HOPS_HEADER } from '../domain/hops.ts'
import type { Json } from '../domain/json.ts'
import { basic } from './kit/basic.ts'
import type { HttpRequest, Problem } from './kit/contract.ts'
import { defineProvider } from './kit/define-provider.ts'
import { allowedHeaders, extraHeaders, headerProblems } from './kit/extra-headers.ts'
import { oneOf, secret, secretUrl, text } from './kit/fields.ts'
import { member } from './kit/receipt.ts'
import { SMS_CHARS, smsCapabilities, smsDestination, smsText } from './kit/sms.ts'
import { truncate } from './kit/truncate.ts'
import { trustSettings } from './kit/trust.ts'
import { urlProblems } from './kit/urls.ts'
import { callVendor, vendorError } from './kit/vendor-api.ts'

const BODIES = { json: '{"to":"{to}","text":"{text}"}', form: 'to={to}&text={text}' }

const settings = Type.Object({
  url: secretUrl({
    title: 'URL',
    description: 'May contain {to}, {digits}, {text} and {id}; {text} only after the ?.',
    examples: ['https://sms.example.com/send'],
  }),
  method: Type.Optional(oneOf({ POST: 'POST', PUT: 'PUT', GET: 'GET' }, { title: 'Method', description: 'GET sends no body.', default: 'POST' })),
  format: Type.Optional(oneOf({ json: 'JSON', form: 'Form' }, { title: 'Body format', default: 'json' })),
  body: Type.Optional(
    Type.String({
      title: 'Body',
      description: `JSON such as ${BODIES.json}, or a form such as ${BODIES.form}. {digits} is the number without +, {id} the same on every attempt.`,
      maxLength: 8192,
      minLength: 1,
      'x-widget': 'textarea',
      'x-secret': true,
    }),
  ),
  headers: Type.Optional(extraHeaders()),
  username: Type.Optional(text({ title: 'User name', 'x-advanced': true })),
  password: Type.Optional(secret({ title: 'Password', 'x-advanced': true })),
  maxLength: Type.Optional(
    Type.Integer({ title: 'Maximum text length', description: 'In characters.', minimum: 70, maximum: SMS_CHARS, default: SMS_CHARS, 'x-advanced': true }),
  ),
  successStatus: Type.Optional(
    text({
      title: 'Success status',
      description: 'A status code, or a range such as 200-202. Default: any 2xx.',
      pattern: '^2\\d\\d(-2\\d\\d)?$',
      examples: ['201'],
      'x-advanced': true,
    }),
  ),
  successPath: Type.Optional(text({ title: 'Path of the success value', description: 'In a JSON response, with dots: messages.0.status', 'x-advanced': true })),
  successValue: Type.Optional(
    text({ title: 'Success value', description: 'The text, number or true at that path; anything else is a refusal.', 'x-advanced': true }),
  ),
  idPath: Type.Optional(text({ title: 'Path of the message id', description: 'In a JSON response, with dots.', 'x-advanced': true })),
  ...trustSettings,
})
type Settings = Static<typeof settings>
type Values = Record<'to' | 'digits' | 'text' | 'id', string>

/** Servers and our own HTTP client refuse longer URLs. */
const ADDRESS = 8000

/**
 * Any SMS gateway with one request per message. Placeholders are filled in after parsing the template as JSON or form data, so no text can
 * end a value. URL, body and headers are secrets, since they contain keys. Not tested against a real gateway yet.
 */
export const httpSms = defineProvider({
  id: 'http-sms',
  name: 'SMS gateway',
  channel: 'sms',
  docs: 'https://www.rfc-editor.org/rfc/rfc9110',
  settings,
  destination: smsDestination,
  capabilities: smsCapabilities,
  preview: true,

  async send({ settings, destination: { phone }, message, delivery, http, clock }) {
    const values = { to: phone, digits: phone.slice(1), text: smsText(message, settings.maxLength), id: delivery.id }
    const request = requestOf(settings, values)
    request.headers = { ...request.headers, [HOPS_HEADER]: String(delivery.hops ?? 1) }
    const call = { http, clock, url: addressOf(settings.url, values), request, secrets: [], read: () => ({}) }
    const response = await callVendor(call)
    const refused = () => vendorError(call, response, { failure: 'rejected', code: 'gateway_refused' })
    const [from = 200, to = from] = (settings.successStatus ?? '200-299').split('-').map(Number)
    if (response.status < from || response.status > to) throw refused()
    const answer = response.json()
    const told = scalar(at(answer, settings.successPath))
    // A response without that value still counts as sent: sending again would cost money twice.
    if (settings.successValue !== undefined && told !== undefined && told !== settings.successValue) throw refused()
    const id = scalar(at(answer, settings.idPath))
    return id === undefined ? {} : { externalId: id }
  },

  check: ({ settings: given }) => (given === undefined ? [] : [...addressProblems(given.url), ...bodyProblems(given), ...answerProblems(given)]),
  sameAddress: ({ phone }) => phone,
})

const fill = (template: string, values: Values, write: (value: string) => string = (value) => value): string =>
  template.replace(/\{(to|digits|text|id)\}/g, (_, name: keyof Values) => write(values[name]))

function addressOf(template: string, values: Values): string {
  for (let { text } = values; ; text = truncate(text, Math.max(0, text.length - 50), 'utf16')) {
    const address = fill(template, { ...values, text }, encodeURIComponent)
    if (address.length <= ADDRESS || text === '') return address
  }
}

function requestOf({ method = 'POST', format = 'json', body = BODIES[format], headers, username, password }: Settings, values: Values): HttpRequest {
  const own = allowedHeaders(headers)
  if (username !== undefined || password !== undefined) own['authorization'] = basic(username, password)
  const request: HttpRequest = { method, headers: own, pages: true }
  if (method === 'GET') return request
  if (format === 'form') return { ...request, form: Object.fromEntries([...new URLSearchParams(body)].map(([name, value]) => [name, fill(value, values)])) }
  const template: Json = JSON.parse(body)
  return { ...request, json: fillJson(template, values) }
}

function fillJson(template: Json, values: Values): Json {
  if (typeof template === 'string') return fill(template, values)
  if (Array.isArray(template)) return template.map((item) => fillJson(item, values))
  if (typeof template !== 'object' || template === null) return template
  return Object.fromEntries(Object.entries(template).map(([name, value]) => [name, fillJson(value, values)]))
}

const at = (answer: unknown, path: string | undefined): unknown => (path === undefined ? undefined : path.split('.').reduce(member, answer))
const scalar = (value: unknown): string | undefined => (['string', 'number', 'boolean'].includes(typeof value) ? String(value) : undefined)

function addressProblems(address: string): Problem[] {
  const pointer = '/settings/url'
  const problems = urlProblems(pointer, address)
  const [beforeQuery = ''] = address.split('?', 1)
  const host = /^[^/]*\/\/[^/?#]*/.exec(address)?.[0] ?? ''
  if (/[{}]/.test(host)) problems.push({ pointer, message: 'must have a fixed host, without placeholders' })
  else if (beforeQuery.includes('{text}')) problems.push({ pointer, message: 'may contain {text} only after the ?' })
  return problems
}

function bodyProblems({ method, format = 'json', body = BODIES[format], headers, username, password, url }: Settings): Problem[] {
  const problems = headerProblems('/settings/headers', headers)
  if ((username !== undefined || password !== undefined) && Object.keys(headers ?? {}).some((name) => name.toLowerCase() === 'authorization'))
    problems.push({ pointer: '/settings/username', message: 'cannot be combined with an Authorization header' })
  const pointer = '/settings/body'
  if (method !== 'GET' && format === 'json' && !isJson(body)) return [...problems, { pointer, message: 'must be JSON' }]
  const all = method === 'GET' ? url : body + url
  if (!/\{(to|digits)\}/.test(all) || !all.includes('{text}'))
    problems.push({ pointer: method === 'GET' ? '/settings/url' : pointer, message: 'must contain {text}, and {to} or {digits}' })
  return problems
}

const answerProblems = ({ successPath, successValue }: Settings): Problem[] =>
  (successPath === undefined) === (successValue === undefined)
    ? []
    : [
        {
          pointer: successPath === undefined ? '/settings/successPath' : '/settings/successValue',
          message: 'path and value of success must be given together',
        },
      ]

function isJson(text: string): boolean {
  try {
    JSON.parse(text)
    return true
  } catch {
    return false
  }
}
