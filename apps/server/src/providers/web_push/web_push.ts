import { createHash } from 'node:crypto'
import { type Static, Type } from 'typebox'
import type { DeliveryFailure } from '../../domain/delivery.ts'
import type { Message } from '../../domain/message.ts'
import { DAY, SECOND } from '../../domain/time.ts'
import type { DeviceKeys, HttpResponse, Problem } from '../kit/contract.ts'
import { defineProvider } from '../kit/define-provider.ts'
import { DeliveryError } from '../kit/delivery-error.ts'
import { oneOf, secret, text } from '../kit/fields.ts'
import { fitPush, fitsPush, type Slim } from '../kit/fit-push.ts'
import { failureOf, statusError } from '../kit/http-errors.ts'
import { hostOfContact, outsideAdvice } from '../kit/named-outside.ts'
import { PUSH_RETRIES, rank } from '../kit/push-priority.ts'
import { member } from '../kit/receipt.ts'
import { keysIn } from '../kit/said.ts'
import { oneLine, truncate } from '../kit/truncate.ts'
import { whereOf } from '../kit/urls.ts'
import { isEntry, isPushService } from './push-services.ts'
import { createVapidSigner, generateVapidKeys, isPair, isPoint, type VapidKeys, vapidKeyId } from './vapid.ts'

/** Pattern of base64url with this length, without padding. */
const base64url = (length: number): string => `^[A-Za-z0-9_-]{${length}}$`

const settings = Type.Object({
  subject: text({
    title: 'Contact',
    description: 'A mailto: or https: address at which push services reach the operator of this hub.',
    pattern: '^(mailto:[^\\s<>@]+@[^\\s<>@]+|https://[^\\s<>]+)$',
    'x-mentioned': true,
    examples: ['mailto:ada@example.com'],
  }),
  publicKey: Type.Optional(
    text({
      title: 'Public key',
      description: 'Generated together with the private key by the action generate-vapid; with a new one every browser must subscribe again.',
      pattern: base64url(87),
      'x-hidden': true,
    }),
  ),
  privateKey: Type.Optional(secret({ title: 'Private key', description: '43 characters of base64url.', pattern: base64url(43), 'x-hidden': true })),
  ttl: Type.Optional(
    Type.Integer({
      title: 'Time to live',
      description: 'Seconds that a push service keeps a message for a browser that is offline.',
      minimum: 0,
      maximum: 2_419_200,
      default: DAY / SECOND,
    }),
  ),
  urgency: Type.Optional(
    oneOf(
      { auto: 'By severity', 'very-low': 'Very low', low: 'Low', normal: 'Normal', high: 'High' },
      {
        title: 'Urgency',
        description: 'By severity: from the event’s severity.',
        default: 'auto',
        'x-advanced': true,
      },
    ),
  ),
  pushServices: Type.Optional(
    Type.Array(text({ title: 'Push service', maxLength: 253 }), {
      title: 'More push services',
      description: 'Hosts in addition to those of Chrome, Firefox, Safari and Edge, or origins such as https://push.example.com:8443.',
      maxItems: 20,
      'x-widget': 'tags',
      'x-advanced': true,
    }),
  ),
})
type Settings = Static<typeof settings>

const deviceKeys: DeviceKeys = {
  generate: () => ({ ...generateVapidKeys() }),
  present: ({ privateKey }) => privateKey !== undefined,
  publicKey: ({ publicKey }) => (typeof publicKey === 'string' ? { id: vapidKeyId(publicKey), key: publicKey } : null),
}

/** More would fit (3,993 bytes, RFC 8291 4), but the bridges of phones take about 2,744 bytes with what encryption adds. */
const MAX_PAYLOAD = 2_600

/**
 * Subscribed browsers (RFC 8030, 8291, 8188, 8292). Encrypted by web-push, sent through our own HTTP client. Only 404 and 410 end a
 * subscription; the message is JSON for the page's service worker: `{notificationId, title, body, url?, badge, tag, …}`.
 */
export const webPush = defineProvider({
  id: 'web_push',
  name: 'Web push',
  channel: 'web_push',
  docs: 'https://datatracker.ietf.org/doc/html/rfc8030',
  devices: true,
  platform: 'web',
  deviceKeys,
  settings,
  destination: Type.Object({
    endpoint: Type.String({
      title: 'Endpoint',
      description: 'From PushSubscription.toJSON().',
      format: 'http-url',
      maxLength: 2048,
      'x-secret': true,
      examples: ['https://updates.push.services.mozilla.com/wpush/v2/the-token'],
    }),
    keys: Type.Object(
      {
        p256dh: text({ title: 'Key of the browser', description: '87 characters of base64url.', pattern: base64url(87) }),
        auth: text({ title: 'Secret of the browser', description: '22 characters of base64url.', pattern: base64url(22) }),
      },
      {
        title: 'Keys',
        description: 'p256dh and auth from PushSubscription.toJSON().',
        additionalProperties: false,
        'x-secret': true,
        examples: [
          {
            p256dh: 'BCVxsr7N_eNgVRqvHtD0zTZsEc6-VV-JvLexhqUzORcxaOzi6-AYWXvTBHm4bjyPjs7Vd8pZGH6SRpkNtoIAiw4',
            auth: 'BTBZMqHH6r4Tts7J_aSIgg',
          },
        ],
      },
    ),
    keyId: Type.Optional(text({ title: 'Key id', description: 'From GET /v1/me/push-key.', maxLength: 32, 'x-advanced': true })),
  }),
  capabilities: {
    format: 'text',
    title: 250,
    body: 2_000,
    unit: 'bytes',
    fits: fitsPush(MAX_PAYLOAD, (shown, text) => payloadOf(shown, text)),
    actions: 2,
    target: 'destination',
    retries: PUSH_RETRIES,
  },

  async send({ settings, destination: { endpoint, keys, keyId }, message, delivery, http, clock }) {
    const own = keysOf(settings)
    if (own === null) throw noPair()
    // The browser may have subscribed with the next connection's key.
    if (keyId !== undefined && keyId !== vapidKeyId(own.publicKey))
      throw new DeliveryError('misconfigured', 'The browser subscribed with another key', { code: 'vapid_key', scope: 'message' })
    const where = whereOf(endpoint)
    if (!isPushService(endpoint, settings.pushServices))
      throw new DeliveryError('rejected', `${where} is not a push service that we call`, { code: 'push_service' })

    const payload = fitPush(message, MAX_PAYLOAD, payloadOf)
    // Loaded on demand: most hubs send no push message at start.
    const { default: library } = await import('web-push')
    const sealed = library.generateRequestDetails({ endpoint, keys }, payload, { contentEncoding: 'aes128gcm' })
    const response = await http.request(endpoint, {
      accept: 'all',
      headers: {
        authorization: await signerOf(settings, own)(new URL(endpoint).origin, clock()),
        ttl: String(settings.ttl ?? DAY / SECOND),
        urgency: settings.urgency === undefined || settings.urgency === 'auto' ? urgencyOf(message) : settings.urgency,
        // A repeated attempt replaces the first if that still waits for the browser.
        topic: createHash('sha256').update(delivery.id).digest('base64url').slice(0, 32),
        'content-encoding': 'aes128gcm',
        'content-type': 'application/octet-stream',
      },
      body: sealed.body,
    })
    if (response.status >= 200 && response.status < 300) return {}
    const [failure, code] = meaningOf(response)
    const secrets = [...keysIn(endpoint), keys.p256dh, keys.auth, own.privateKey]
    const said = member(response.json(), 'message') ?? member(response.json(), 'reason')
    throw statusError(where, response, clock(), failure, { ...(code === undefined ? {} : { code }), said, secrets })
  },

  advise: ({ settings: given }) =>
    outsideAdvice('/settings/subject', given && hostOfContact(given.subject), 'push services that check it will refuse every message'),

  check({ settings: given, destination }) {
    const problems: Problem[] = []
    if (given) problems.push(...keyProblems(given), ...subjectProblems(given.subject))
    for (const [i, entry] of (given?.pushServices ?? []).entries())
      if (!isEntry(entry))
        problems.push({
          pointer: `/settings/pushServices/${i}`,
          message: 'must be a host such as push.example.com, or an origin such as https://push.example.com:8443',
        })
    if (destination && !isPushService(destination.endpoint, given?.pushServices))
      problems.push({
        pointer: '/destination/endpoint',
        message: 'must be an https address of a known push service; an operator can add others to the connection',
      })
    if (destination && !isPoint(destination.keys.p256dh)) problems.push({ pointer: '/destination/keys/p256dh', message: 'must be a point of the curve P-256' })
    return problems
  },

  // Every message would be visible, so the test only checks the key pair.
  verify({ settings: given }) {
    const keys = keysOf(given)
    if (keys !== null && isPair(keys)) return Promise.resolve()
    return Promise.reject(noPair())
  },

  sameAddress: ({ endpoint }) => endpoint,
})

const noPair = (): DeliveryError =>
  new DeliveryError('misconfigured', 'The web push connection has no key pair; create one with generate-vapid', {
    code: 'vapid_missing',
    field: '/settings/publicKey',
  })

const keysOf = ({ publicKey, privateKey }: Settings): VapidKeys | null =>
  publicKey === undefined || privateKey === undefined ? null : { publicKey, privateKey }

function keyProblems({ publicKey, privateKey }: Settings): Problem[] {
  if (publicKey === undefined && privateKey === undefined) return []
  if (publicKey === undefined) return [{ pointer: '/settings/publicKey', message: 'is required with a private key' }]
  if (privateKey === undefined) return [{ pointer: '/settings/privateKey', message: 'is required with a public key' }]
  if (!isPoint(publicKey)) return [{ pointer: '/settings/publicKey', message: 'must be a point of the curve P-256' }]
  return isPair({ publicKey, privateKey }) ? [] : [{ pointer: '/settings/privateKey', message: 'does not belong to this public key' }]
}

/** Safari's push service refuses tokens with such a contact; the others do not check it. */
const subjectProblems = (subject: string): Problem[] =>
  /^(mailto:[^@]*@|https:\/\/)(localhost|127\.|\[::1\])/i.test(subject)
    ? [{ pointer: '/settings/subject', message: 'names this machine, which Apple does not accept: Safari would get no messages', severity: 'warning' }]
    : []

const signers = new WeakMap<Settings, ReturnType<typeof createVapidSigner>>()

function signerOf(given: Settings, keys: VapidKeys): ReturnType<typeof createVapidSigner> {
  const signer = signers.get(given) ?? createVapidSigner(keys, given.subject)
  signers.set(given, signer)
  return signer
}

const urgencyOf = (message: Message): string =>
  rank(
    message,
    { low: 'low', high: 'high', urgent: 'high' },
    { debug: 'very-low', info: 'normal', success: 'normal', warning: 'high', error: 'high', critical: 'high' },
  )

const payloadOf = (message: Slim, body: string): object => ({
  notificationId: message.notification?.id,
  title: truncate(oneLine(message.title), 250, 'bytes'),
  body,
  url: message.url,
  image: message.image,
  badge: message.notification?.unread,
  tag: message.notification?.id ?? message.event.id,
  type: message.event.type,
  severity: message.severity,
  locale: message.locale,
  createdAt: message.event.createdAt,
  actions: message.actions.slice(0, 2).flatMap(({ label, url }) => (url.length > 500 ? [] : [{ label: truncate(oneLine(label), 60, 'bytes'), url }])),
})

/** Mozilla's `errno` and Apple's `reason` are more specific than the status; neither ends a subscription. */
function meaningOf(response: HttpResponse): [failure: DeliveryFailure, code?: string] {
  const body = response.json()
  const [errno, reason] = [member(body, 'errno'), member(body, 'reason')]
  if (reason === 'VapidPkHashMismatch') return ['rejected', 'vapid_mismatch']
  const failure = failureOf(response.status)
  return typeof errno === 'number' ? [failure, `push_${errno}`] : [failure]
}
