import { Type } from 'typebox'
import { escapeTags } from '../domain/escapes/tags.ts'
import type { Message } from '../domain/message.ts'
import type { Millis } from '../domain/time.ts'
import { serverOf, targetsOf } from './kit/apprise-url.ts'
import { clearTextUrl } from './kit/clear-text.ts'
import type { Http, HttpRequest, HttpResponse } from './kit/contract.ts'
import { defineProvider } from './kit/define-provider.ts'
import type { DeliveryError, DeliveryErrorOptions } from './kit/delivery-error.ts'
import { oneOf, secret, text, url } from './kit/fields.ts'
import { blame, clampWait, failureOf, statusError } from './kit/http-errors.ts'
import { bodyWithin, fitMessage, fitsBytes } from './kit/markup.ts'
import { member } from './kit/receipt.ts'
import type { Said } from './kit/said.ts'
import { oneLine, truncate } from './kit/truncate.ts'
import { trustSettings } from './kit/trust.ts'
import { below, urlProblems, whereOf } from './kit/urls.ts'

const EVENT_BYTES = 60_000

/**
 * A Matrix room, as the user of the token. The delivery's id is the transaction id, so a repeated attempt posts no duplicate. Encrypted
 * rooms show the unencrypted message with a warning. `whoami` and `join` are (unverified).
 */
export const matrix = defineProvider({
  serverHeaders: ['authorization'],
  id: 'matrix',
  name: 'Matrix',
  channel: 'matrix',
  docs: 'https://spec.matrix.org/latest/client-server-api/#put_matrixclientv3roomsroomidsendeventtypetxnid',
  settings: Type.Object({
    homeserver: url({ title: 'Homeserver', examples: ['https://matrix.example.com'] }),
    accessToken: secret({ title: 'Access token', description: 'Token of the posting user.' }),
    messageType: Type.Optional(
      oneOf(
        { 'm.text': 'Text', 'm.notice': 'Notice' },
        { title: 'Message type', description: 'Few apps notify about a notice.', default: 'm.text', 'x-advanced': true },
      ),
    ),
    ...trustSettings,
  }),
  destination: Type.Object({
    roomId: text({
      title: 'Room',
      description: 'Its id (!…) or its address (#room:example.com). The posting user must be a member, or invited.',
      pattern: '^(![^\\s/]{1,254}|#[^\\s/:]{1,200}:[^\\s/]{1,200})$',
      maxLength: 255,
      examples: ['!abcdefghij:example.com'],
    }),
  }),
  capabilities: {
    format: 'html',
    title: 250,
    body: 20_000,
    unit: 'bytes',
    fits: fitsBytes(EVENT_BYTES, (message) => eventOf(message, 'm.notice')),
    target: 'connection',
  },
  optional: ['link'],
  preview: true,

  async send({ settings, destination, message, delivery, http, clock }) {
    const { messageType = 'm.text' } = settings
    const call = caller(settings, http)
    const room = destination.roomId.startsWith('#') ? await resolveAlias(call, destination.roomId, settings, clock()) : destination.roomId
    const body = fitMessage(message, EVENT_BYTES, htmlOf, (part) => eventOf(part, messageType))
    const put = () => call('PUT', `rooms/${encodeURIComponent(room)}/send/m.room.message/${encodeURIComponent(delivery.id)}`, body)
    let response = await put()
    if (response.status === 403 && member(response.json(), 'errcode') === 'M_FORBIDDEN') {
      // Not a member yet: joins if invited, or if the room is public.
      const joined = await call('POST', `join/${encodeURIComponent(room)}`, '{}')
      if (joined.status === 200) response = await put()
    }
    if (response.status < 200 || response.status > 299) throw refusal(settings, response, clock())
    const id = member(response.json(), 'event_id')
    return typeof id === 'string' ? { externalId: id } : {}
  },

  async verify({ settings, http, clock }) {
    const response = await caller(settings, http)('GET', 'account/whoami')
    if (response.status !== 200) throw refusal(settings, response, clock())
  },

  check: ({ settings }) => [
    ...urlProblems('/settings/homeserver', settings?.homeserver),
    ...clearTextUrl('/settings/homeserver', settings?.homeserver, settings?.accessToken),
  ],

  sameAddress: ({ roomId }) => roomId,

  apprise: {
    schemes: ['matrix', 'matrixs'],
    identity: 'both',
    reads: ['to', 'token', 'msgtype'],
    off: ['image', 'e2ee'],
    parse(from) {
      const { user, password, host, query } = from
      if (password !== undefined || (user === undefined && !query.has('token')))
        return 'Only access tokens are supported: matrixs://token@host/!room:example.com'
      const [room, ...more] = targetsOf(from.path, from)
      if (room === undefined) return 'The URL names no room'
      if (more.length > 0) return 'The URL names several rooms; paste one URL for each'
      const roomId = /^[!#]/.test(room) ? room : `#${room}`
      const kind = query.get('msgtype') === 'notice' ? { messageType: 'm.notice' } : {}
      return {
        settings: { homeserver: serverOf(from), accessToken: query.get('token') ?? user, ...kind },
        destination: { roomId: roomId.includes(':') || roomId.startsWith('!') ? roomId : `${roomId}:${host}` },
      }
    },
  },
})

interface Asked {
  homeserver: string
  accessToken: string
}

type Call = (method: NonNullable<HttpRequest['method']>, path: string, body?: string) => Promise<HttpResponse>

const caller =
  ({ homeserver, accessToken }: Asked, http: Http): Call =>
  (method, path, body) =>
    http
      .request(below(homeserver, `/_matrix/client/v3/${path}`), {
        method,
        accept: 'all',
        headers: { authorization: `Bearer ${accessToken}`, ...(body === undefined ? {} : { 'content-type': 'application/json' }) },
        ...(body === undefined ? {} : { body }),
      })
      .catch(blame)

/** An address is resolved each time, because it can move to another room. */
async function resolveAlias(call: Call, alias: string, asked: Asked, now: Millis): Promise<string> {
  const response = await call('GET', `directory/room/${encodeURIComponent(alias)}`)
  const room = member(response.json(), 'room_id')
  if (response.status === 200 && typeof room === 'string') return room
  throw refusal(asked, response, now)
}

const htmlOf = (text: string): string => escapeTags(text).replaceAll('\n', '<br>')

/** An empty `m.mentions` mentions nobody, whatever the text contains. */
function eventOf(message: Message, msgtype: string): object {
  const title = truncate(oneLine(message.title), 250)
  const head = message.url === undefined ? escapeTags(title) : `<a href="${escapeTags(message.url)}">${escapeTags(title)}</a>`
  const text = truncate(message.text, 20_000, 'bytes')
  return {
    msgtype,
    body: [title, text, message.url ?? ''].filter((part) => part.trim() !== '').join('\n\n'),
    format: 'org.matrix.custom.html',
    formatted_body: `<p><strong>${head}</strong></p>${bodyWithin(message, 20_000, htmlOf, 'bytes')}`,
    'm.mentions': {},
  }
}

/** Whatever the status: the account of the bot may not send at present (https://spec.matrix.org/latest/client-server-api/#common-error-codes). */
const ACCOUNT = new Set([
  'M_UNKNOWN_TOKEN',
  'M_MISSING_TOKEN',
  'M_USER_DEACTIVATED',
  'M_USER_LOCKED',
  'M_USER_SUSPENDED',
  'M_GUEST_ACCESS_FORBIDDEN',
  'M_CONSENT_NOT_GIVEN',
])

function refusal({ homeserver, accessToken }: Asked, response: HttpResponse, now: Millis): DeliveryError {
  const where = whereOf(homeserver)
  const body = response.json()
  const errcode = member(body, 'errcode')
  const code = typeof errcode === 'string' && /^\w{1,60}$/.test(errcode) ? errcode : undefined
  const wait = member(body, 'retry_after_ms')
  const options: DeliveryErrorOptions & Said = {
    said: member(body, 'error'),
    secrets: [accessToken],
    ...(code === undefined ? {} : { code: `matrix_${code}` }),
    ...(response.status === 429 && typeof wait === 'number' && response.headers['retry-after'] === undefined ? { retryAfterMs: clampWait(wait) } : {}),
  }
  if (code !== undefined && ACCOUNT.has(code))
    return statusError(where, response, now, 'misconfigured', { ...options, about: 'account', field: '/settings/accessToken' })
  if (code === 'M_FORBIDDEN') return statusError(where, response, now, 'unreachable', options)
  // A server without this path is not a homeserver.
  if (response.status === 404) return statusError(where, response, now, code === 'M_NOT_FOUND' ? 'unreachable' : 'misconfigured', options)
  return statusError(where, response, now, failureOf(response.status), options)
}
