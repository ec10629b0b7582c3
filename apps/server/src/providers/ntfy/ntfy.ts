import { type Static, Type } from 'typebox'
import type { DeliveryFailure } from '../../domain/delivery.ts'
import { type Clock, DAY, type Millis, SECOND } from '../../domain/time.ts'
import { serverOf, targetsOf } from '../kit/apprise-url.ts'
import { basic } from '../kit/basic.ts'
import { clearTextUrl } from '../kit/clear-text.ts'
import type { Http, HttpResponse, Problem } from '../kit/contract.ts'
import { defineProvider } from '../kit/define-provider.ts'
import { DeliveryError, type DeliveryErrorOptions } from '../kit/delivery-error.ts'
import { secret, text, url } from '../kit/fields.ts'
import { argumentProblems } from '../kit/hooks.ts'
import { blameConnection, failureOf, statusError } from '../kit/http-errors.ts'
import { member } from '../kit/receipt.ts'
import type { Said } from '../kit/said.ts'
import { toEach } from '../kit/several.ts'
import { trustSettings } from '../kit/trust.ts'
import { normalUrl, urlProblems, whereOf } from '../kit/urls.ts'
import { BODY_BYTES, fits, publication } from './ntfy-publication.ts'

const markdown = (options: { description: string; default?: boolean }) => Type.Optional(Type.Boolean({ title: 'Markdown', 'x-advanced': true, ...options }))

const settings = Type.Object({
  server: Type.Optional(url({ title: 'Server', description: 'Without a path.', default: 'https://ntfy.sh' })),
  token: Type.Optional(secret({ title: 'Access token', description: 'Instead of user name and password.' })),
  username: Type.Optional(text({ title: 'User name', 'x-advanced': true })),
  password: Type.Optional(secret({ title: 'Password', 'x-advanced': true })),
  markdown: markdown({ description: 'Off: every message is plain text. The iOS app shows Markdown as it is written.', default: true }),
  ...trustSettings,
})

type Settings = Static<typeof settings>

const topic = text({
  title: 'Topic',
  description: 'A topic of the server, or the full URL of a topic on another server.',
  pattern: '^([A-Za-z0-9_-]{1,64}|https?://[^\\u0000-\\u0020]+)$',
  maxLength: 2048,
})
const token = Type.Optional(secret({ title: 'Access token', description: 'If this topic needs a separate one.', 'x-advanced': true }))
const ownMarkdown = markdown({ description: 'In place of the connection’s choice.' })
const destination = Type.Object({ topic, token, markdown: ownMarkdown })
const shared = Type.Object({
  topic: Type.Optional(topic),
  topics: Type.Optional(Type.Array(topic, { title: 'More topics', description: 'Each gets every message.', maxItems: 10, 'x-widget': 'tags' })),
  token,
  markdown: ownMarkdown,
})

/**
 * Push through ntfy.sh or a self-hosted ntfy server, by publishing JSON. Its Android app and its web app show Markdown, its iOS
 * app the source. (unverified): the maximum length of titles and tags on newer servers; both stay far below.
 */
export const ntfy = defineProvider({
  serverHeaders: ['authorization'],
  id: 'ntfy',
  name: 'ntfy',
  channel: 'ntfy',
  docs: 'https://docs.ntfy.sh/publish/#publish-as-json',
  settings,
  destination,
  sharedDestination: shared,
  capabilities: { format: 'markdown', title: 250, body: BODY_BYTES, unit: 'bytes', fits, actions: 3, target: 'connection' },
  optional: ['link', 'picture', 'buttons'],
  // 40013, 40014, 40015 and 40018.
  names: { link: /\bclick\b/i, picture: /\battachments? /i, buttons: /\bactions? (are )?invalid\b/i },
  preview: true,

  async send({ settings, destination, message, delivery, http, clock }) {
    const topics = topicsOf(destination)
    if (topics.length === 0) throw new DeliveryError('misconfigured', 'The ntfy connection names no topic', { code: 'destination' })
    const externalIds: string[] = []
    const markdown = destination.markdown ?? settings.markdown ?? true
    const { note } = await toEach('topics', topics, delivery.settled, async (one) => {
      const id = await publish(target(settings, one, destination.token), (topic) => publication(topic, message, markdown), http, clock)
      if (id !== undefined) externalIds.push(id)
    })
    return { ...(externalIds[0] === undefined ? {} : { externalId: externalIds[0] }), ...(note === undefined ? {} : { note }) }
  },

  async verify({ settings, http }) {
    const { server, headers } = target(settings, 'test', undefined)
    const known = headers['authorization'] !== undefined
    // The account route refuses wrong credentials; without credentials only the server's health can be checked.
    await http.request(new URL(known ? 'v1/account' : 'v1/health', server).href, { method: 'GET', headers })
  },

  check({ settings: given, destination: to }) {
    const problems = [
      ...urlProblems('/settings/server', given?.server),
      ...clearTextUrl('/settings/server', given?.server, given?.token ?? given?.password),
      ...(given !== undefined && (given.username === undefined) !== (given.password === undefined)
        ? [{ pointer: given.username === undefined ? '/settings/username' : '/settings/password', message: 'user name and password must be given together' }]
        : []),
    ]
    if (to === undefined) return problems
    if (topicsOf(to).length === 0) problems.push({ pointer: '/destination/topic', message: 'is required' })
    if (to.topic !== undefined) problems.push(...topicProblems('/destination/topic', to.topic))
    if ('topics' in to) problems.push(...(to.topics ?? []).flatMap((one, i) => topicProblems(`/destination/topics/${i}`, one)))
    return problems
  },

  // https://github.com/caronc/apprise/wiki/Notify_ntfy
  apprise: {
    schemes: ['ntfy', 'ntfys'],
    identity: 'both',
    reads: ['mode', 'token', 'to'],
    off: ['image'],
    parse(url) {
      const { user, password, host, query } = url
      const path = targetsOf(url.path, url)
      if (path.length > 1 && query.get('mode') !== 'private') return 'The URL names several topics; paste one URL for each'
      const basic = user !== undefined && password !== undefined
      const token = query.get('token') ?? (basic ? undefined : (password ?? user))
      if (path.length === 0) return host === '' ? 'A URL of ntfy is ntfys://host/topic, or ntfy://topic' : { destination: { topic: host, token } }
      const server = serverOf(url)
      if (!basic) return { destination: { topic: `${server}/${path.map(encodeURIComponent).join('/')}`, token } }
      const folders = path.slice(0, -1).map(encodeURIComponent)
      return { settings: { server: [server, ...folders].join('/'), username: user, password }, destination: { topic: path.at(-1), token } }
    },
  },

  // A person’s own server or token fails for that person only.
  ownTarget: (to) => to.token !== undefined || topicsOf(to).some((one) => one.includes('://')),

  sameAddress: (to) =>
    topicsOf(to)
      .map((one) => (one.includes('://') ? normalUrl(one) : one))
      .join(' '),
})

const TOPIC = /^[A-Za-z0-9_-]{1,64}$/

/** Without duplicates, in order. */
const topicsOf = (to: Static<typeof shared>): string[] => [...new Set([...(to.topic === undefined ? [] : [to.topic]), ...(to.topics ?? [])])]

function topicProblems(pointer: string, topic: string): Problem[] {
  if (!topic.includes('://')) return []
  const problems = urlProblems(pointer, topic)
  if (problems.length > 0) return problems
  if (TOPIC.test(target({}, topic, undefined).topic)) return argumentProblems(pointer, topic, [])
  return [{ pointer, message: 'must end in a topic of up to 64 letters, digits, _ or -' }]
}

/** Publishes to one topic; returns the message id. */
async function publish({ server, topic, elsewhere, headers }: Target, write: (topic: string) => string, http: Http, clock: Clock): Promise<string | undefined> {
  const request = { headers: { 'content-type': 'application/json', ...headers }, body: write(topic), accept: 'all' as const }
  const response = await http.request(server, request).catch((error: unknown) => {
    throw elsewhere ? error : blameConnection(error)
  })
  if (response.status < 200 || response.status > 299) throw refusal({ server, topic, elsewhere, headers }, response, clock())
  const id = member(response.json(), 'id')
  return typeof id === 'string' ? id : undefined
}

interface Target {
  /** Ends in `/`. */
  server: string
  topic: string
  /** Whether the destination names its own server. */
  elsewhere: boolean
  headers: Record<string, string>
}

/** The URL and credentials for a topic. A topic on another server never gets the connection's credentials. */
function target(settings: Settings, topic: string, token: string | undefined): Target {
  const bearer = (one: string) => ({ authorization: `Bearer ${one}` })
  const own = topic.includes('://') ? URL.parse(topic) : null
  if (own) {
    const parts = own.pathname.split('/').filter((part) => part !== '')
    const last = parts.pop() ?? ''
    return {
      server: `${own.origin}/${parts.map((part) => `${part}/`).join('')}`,
      topic: last,
      elsewhere: true,
      headers: token === undefined ? {} : bearer(token),
    }
  }
  const { server = 'https://ntfy.sh', username, password } = settings
  const use = token ?? settings.token
  const signed = username === undefined || password === undefined ? {} : { authorization: basic(username, password) }
  return { server: server.endsWith('/') ? server : `${server}/`, topic, elsewhere: false, headers: use === undefined ? signed : bearer(use) }
}

/** Daily quotas: e-mails, bandwidth, messages, calls. */
const DAILY = new Set([42902, 42905, 42908, 42910])

/** Classifies by ntfy's own code (https://github.com/binwiederhier/ntfy/blob/main/server/errors.go), else by status. */
function refusal({ server, elsewhere, headers }: Target, response: HttpResponse, now: Millis): Error {
  const body = response.json()
  const given = member(body, 'code')
  const code = typeof given === 'number' ? given : 0
  let failure: DeliveryFailure = failureOf(response.status)
  const options: DeliveryErrorOptions & Said = {
    said: member(body, 'error'),
    secrets: [headers['authorization']?.replace(/^\w+ /, '')],
    ...(code === 0 ? {} : { code: `ntfy_${code}` }),
  }
  // The credentials are valid, but not for the topic that this person chose.
  if (response.status === 403 && !elsewhere) options.scope = 'message'
  if (response.status === 404) failure = elsewhere ? 'unreachable' : 'misconfigured'
  else if (code === 40009 || code === 40010) failure = 'unreachable'
  else if (code === 42909) failure = 'misconfigured'
  else if (DAILY.has(code)) options.retryAfterMs = DAY - (now % DAY)
  else if (response.status === 429 && response.headers['retry-after'] === undefined) options.retryAfterMs = 10 * SECOND
  return statusError(whereOf(server), response, now, failure, options)
}
