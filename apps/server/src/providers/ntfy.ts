import { type Static, Type } from 'typebox'
import type { DeliveryFailure } from '../domain/delivery.ts'
import type { Priority, Severity } from '../domain/event-type.ts'
import type { Message } from '../domain/message.ts'
import { DAY, type Millis, SECOND } from '../domain/time.ts'
import { clearTextUrl } from './clear-text.ts'
import type { DeliveryErrorOptions } from './delivery-error.ts'
import { secret, text, url } from './fields.ts'
import { blameConnection, failureOf, statusError } from './http.ts'
import { defineProvider, type HttpResponse } from './provider.ts'
import { member } from './receipt.ts'
import { oneLine, truncate } from './truncate.ts'
import { normalUrl, urlProblems, whereOf } from './urls.ts'

const settings = Type.Object({
  server: Type.Optional(url({ title: 'Server', description: 'Without a path.', default: 'https://ntfy.sh' })),
  token: Type.Optional(secret({ title: 'Access token' })),
})

const destination = Type.Object({
  topic: text({
    title: 'Topic',
    description: 'A topic of the server, or the whole address of a topic elsewhere.',
    pattern: '^([A-Za-z0-9_-]{1,64}|https?://[^\\u0000-\\u0020]+)$',
    maxLength: 2048,
  }),
  token: Type.Optional(secret({ title: 'Access token', description: 'When this topic needs one of its own.', 'x-advanced': true })),
})

const BODY_BYTES = 4096
// The server reads no more JSON than twice its message limit, and escaping can double a text.
const REQUEST_BYTES = 8192

/** Push through ntfy.sh or an own ntfy server, by publishing JSON. */
export const ntfy = defineProvider({
  id: 'ntfy',
  name: 'ntfy',
  channel: 'ntfy',
  docs: 'https://docs.ntfy.sh/publish/#publish-as-json',
  settings,
  destination,
  capabilities: { format: 'markdown', title: 250, body: BODY_BYTES, unit: 'bytes', actions: 3, target: 'destination' },

  async send({ settings, destination, message, http, clock }) {
    const { server, topic, token } = target(settings, destination)
    const headers: Record<string, string> = { 'content-type': 'application/json' }
    if (token !== undefined) headers['authorization'] = `Bearer ${token}`
    const elsewhere = destination.topic.includes('://')
    const response = await http.request(server, { headers, body: publication(topic, message), accept: 'all' }).catch((error: unknown) => {
      throw elsewhere ? error : blameConnection(error)
    })
    if (response.status >= 200 && response.status < 300) {
      const id = member(response.json(), 'id')
      return typeof id === 'string' ? { externalId: id } : {}
    }
    throw refusal(whereOf(server), response, clock(), elsewhere)
  },

  async verify({ settings, http }) {
    const { server, token } = target(settings, { topic: 'test' })
    // The account page refuses a wrong token; without one there is nothing to refuse and health must do.
    await http.request(new URL(token === undefined ? 'v1/health' : 'v1/account', server).href, {
      method: 'GET',
      ...(token === undefined ? {} : { headers: { authorization: `Bearer ${token}` } }),
    })
  },

  check({ settings: given, destination: to }) {
    const problems = [...urlProblems('/settings/server', given?.server), ...clearTextUrl('/settings/server', given?.server, given?.token)]
    if (to?.topic.includes('://')) {
      problems.push(...urlProblems('/destination/topic', to.topic))
      if (problems.length === 0 && !TOPIC.test(target({}, to).topic))
        problems.push({ pointer: '/destination/topic', message: 'must end in a topic of up to 64 letters, digits, _ or -' })
    }
    return problems
  },

  // https://github.com/caronc/apprise/wiki/Notify_ntfy
  apprise: {
    schemes: ['ntfy', 'ntfys'],
    parse({ scheme, user, password, host, port, path, query }) {
      if (password !== undefined) return 'Only access tokens are spoken here: ntfys://tk_token@host/topic'
      if (path.length > 1 && query.get('mode') !== 'private') return 'The URL names several topics; paste one URL for each'
      const token = user ?? query.get('token')
      if (path.length === 0) return host === '' ? 'A URL of ntfy is ntfys://host/topic, or ntfy://topic' : { destination: { topic: host, token } }
      const server = `${scheme === 'ntfy' ? 'http' : 'https'}://${host}${port === undefined ? '' : `:${port}`}`
      return { destination: { topic: `${server}/${path.map(encodeURIComponent).join('/')}`, token } }
    },
  },

  sameAddress: ({ topic }) => (topic.includes('://') ? normalUrl(topic) : topic),
})

const TOPIC = /^[A-Za-z0-9_-]{1,64}$/

/** Where to publish. A topic elsewhere never sees the connection's token. */
function target(own: Static<typeof settings>, to: Static<typeof destination>): { server: string; topic: string; token: string | undefined } {
  const elsewhere = to.topic.includes('://') ? URL.parse(to.topic) : null
  if (elsewhere) {
    const parts = elsewhere.pathname.split('/').filter((part) => part !== '')
    const topic = parts.pop() ?? ''
    return { server: `${elsewhere.origin}/${parts.map((part) => `${part}/`).join('')}`, topic, token: to.token }
  }
  const server = own.server ?? 'https://ntfy.sh'
  return { server: server.endsWith('/') ? server : `${server}/`, topic: to.topic, token: to.token ?? own.token }
}

function publication(topic: string, message: Message): string {
  const icon = ICONS[message.severity]
  const base = {
    topic,
    title: truncate(oneLine(message.title), 250, 'bytes'),
    priority: PRIORITY[message.priority] ?? BY_SEVERITY[message.severity],
    tags: [...(icon === undefined ? [] : [icon]), ...message.event.tags.filter((tag) => Buffer.byteLength(tag) <= 64).slice(0, 5)],
    markdown: true,
    click: message.url,
    attach: message.image,
    actions: message.actions.slice(0, 3).map(({ label, url }) => ({ action: 'view', label: truncate(oneLine(label), 100), url })),
  }
  let limit = BODY_BYTES
  for (;;) {
    const json = JSON.stringify({ ...base, message: truncate(message.body, limit, 'bytes') })
    const excess = Buffer.byteLength(json) - REQUEST_BYTES
    if (excess <= 0 || limit <= 0) return json
    // A byte of text is six bytes of JSON at worst, so each round cuts at least what it must.
    limit -= Math.min(limit, Math.max(Math.ceil(excess / 6), 8))
  }
}

/** `medium` says nothing, so the severity decides; any other priority was chosen. 1 min … 5 max. */
const PRIORITY: Record<Priority, number | undefined> = { low: 2, medium: undefined, high: 4, urgent: 5 }
const BY_SEVERITY: Record<Severity, number> = { debug: 1, info: 3, success: 3, warning: 4, error: 5, critical: 5 }
/** Short codes that the apps show as emoji (https://docs.ntfy.sh/emojis/). */
const ICONS: Record<Severity, string | undefined> = {
  debug: 'mag',
  info: undefined,
  success: 'white_check_mark',
  warning: 'warning',
  error: 'rotating_light',
  critical: 'sos',
}

/** Quotas of a day: e-mails, bandwidth, messages, calls. */
const DAILY = new Set([42902, 42905, 42908, 42910])

/** Reads ntfy's own code (https://github.com/binwiederhier/ntfy/blob/main/server/errors.go); the status decides where it says no more. */
function refusal(where: string, response: HttpResponse, now: Millis, elsewhere: boolean): Error {
  const given = member(response.json(), 'code')
  const code = typeof given === 'number' ? given : 0
  let failure: DeliveryFailure = failureOf(response.status)
  const options: DeliveryErrorOptions = code === 0 ? {} : { code: `ntfy_${code}` }
  if (response.status === 404) failure = elsewhere ? 'unreachable' : 'misconfigured'
  else if (code === 40009 || code === 40010) failure = 'unreachable'
  else if (code === 42909) failure = 'misconfigured'
  else if (DAILY.has(code)) options.retryAfterMs = DAY - (now % DAY)
  else if (response.status === 429 && response.headers['retry-after'] === undefined) options.retryAfterMs = 10 * SECOND
  return statusError(where, response, now, failure, options)
}
