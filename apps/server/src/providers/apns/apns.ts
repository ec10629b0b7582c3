import { createHash } from 'node:crypto'
import { type Static, Type } from 'typebox'
import type { DeliveryFailure } from '../../domain/delivery.ts'
import { DAY, MINUTE, type Millis, SECOND } from '../../domain/time.ts'
import { authority, authorityProblems } from '../kit/authority.ts'
import type { Problem } from '../kit/contract.ts'
import { defineProvider } from '../kit/define-provider.ts'
import type { DeliveryError, DeliveryErrorOptions } from '../kit/delivery-error.ts'
import { oneOf, secret, text, url } from '../kit/fields.ts'
import { fitPush, fitsPush, type Slim } from '../kit/fit-push.ts'
import { failureOf, statusError } from '../kit/http-errors.ts'
import type { Http2Answer } from '../kit/http2.ts'
import { interruption, rank } from '../kit/push-priority.ts'
import { entryOf } from '../kit/receipt.ts'
import type { Said } from '../kit/said.ts'
import { oneLine, truncate } from '../kit/truncate.ts'
import { urlProblems } from '../kit/urls.ts'
import { type ApnsLine, openLine, post, readKey, reasonOf, saidBy } from './apns-line.ts'

/** Bytes of JSON. */
const PAYLOAD = 4_096

const anyText = '^[\\s\\S]*$'
const settings = Type.Object({
  key: secret({
    title: 'Signing key',
    description: 'The content of the .p8 file: Apple Developer > Keys, with Apple Push Notifications service.',
    'x-link': { label: 'Apple Developer: keys', url: 'https://developer.apple.com/account/resources/authkeys/list' },
    pattern: anyText,
    'x-widget': 'textarea',
  }),
  keyId: text({ title: 'Key id', pattern: '^[A-Z0-9]{10}$', examples: ['ABC123DEFG'] }),
  teamId: text({ title: 'Team id', pattern: '^[A-Z0-9]{10}$', examples: ['DEF123GHIJ'] }),
  bundleId: text({
    title: 'Bundle id',
    description: 'For devices that name no app.',
    pattern: '^[A-Za-z0-9.-]{1,155}$',
    examples: ['com.example.bells'],
  }),
  sound: Type.Optional(text({ title: 'Sound', maxLength: 100, default: 'default', 'x-advanced': true })),
  ttl: Type.Optional(
    Type.Integer({
      title: 'Time to live',
      description: 'Seconds that Apple keeps a message for a device that is offline.',
      minimum: 0,
      maximum: 2_592_000,
      default: DAY / SECOND,
      'x-advanced': true,
    }),
  ),
  apiUrl: Type.Optional(url({ title: 'API address', description: 'For a proxy in place of https://api.push.apple.com.', 'x-advanced': true })),
  sandboxApiUrl: Type.Optional(
    url({ title: 'Sandbox address', description: 'For a proxy in place of https://api.sandbox.push.apple.com.', 'x-advanced': true }),
  ),
  ca: Type.Optional(authority('PEM; the only one to be trusted, for a proxy of your own.')),
})
type Settings = Static<typeof settings>

/** Apple requires: retry at once over a new connection; during a longer outage, wait at least a quarter of an hour. */
const RETRIES = [10 * SECOND, 15 * MINUTE, 15 * MINUTE, 25 * MINUTE]

/** Apple devices over HTTP/2 with token authentication. Written from Apple's documentation, not tested against the live service. */
export const apns = defineProvider({
  id: 'apns',
  name: 'Apple Push Notification service',
  channel: 'mobile_push',
  inMain: true,
  docs: 'https://developer.apple.com/documentation/usernotifications/sending-notification-requests-to-apns',
  preview: true,
  devices: true,
  platform: 'ios',
  settings,
  destination: Type.Object({
    token: secret({ title: 'Device token', description: 'Hexadecimal.', pattern: '^[0-9A-Fa-f]{64,200}$', examples: ['0f'.repeat(32)] }),
    app: Type.Optional(text({ title: 'App', description: 'Bundle id, if it differs from the connection’s.', pattern: '^[A-Za-z0-9.-]{1,155}$' })),
    environment: Type.Optional(
      oneOf({ production: 'Production', sandbox: 'Sandbox' }, { title: 'Environment', description: 'Apps installed by Xcode use the sandbox.' }),
    ),
  }),
  capabilities: {
    format: 'text',
    title: 250,
    body: 2_000,
    unit: 'bytes',
    // The longest name of a sound fits into the rest.
    fits: fitsPush(PAYLOAD - 100, (shown, text) => payloadOf({}, shown, text)),
    target: 'connection',
    concurrency: 500,
    retries: RETRIES,
  },
  optional: ['link'],

  async send({ settings, destination, message, delivery, http, clock }) {
    const line = lineOf(settings)
    const now = clock()
    const token = destination.token.toLowerCase()
    const body = fitPush(message, PAYLOAD, (shown, text) => payloadOf(settings, shown, text))
    const headers = {
      'apns-topic': destination.app ?? settings.bundleId,
      'apns-push-type': 'alert',
      'apns-priority': priorityOf(message),
      'apns-expiration': String(Math.floor(now / SECOND) + (settings.ttl ?? DAY / SECOND)),
      'apns-id': uuidOf(delivery.id),
      // A repeated attempt replaces the first on the screen.
      'apns-collapse-id': truncate(message.notification?.id ?? message.event.id, 64, 'bytes'),
    }
    let last: { origin: string; answer: Http2Answer } | null = null
    for (const origin of originsFor(settings, destination.environment)) {
      const answer = await post(line, http, origin, `/3/device/${token}`, headers, body, now)
      if (answer.status === 200) return { externalId: headers['apns-id'] }
      // A key for one environment is refused in the other: then the first environment's verdict about the device stands.
      if (last !== null && answer.status === 403) break
      last = { origin, answer }
      if (reasonOf(answer) !== 'BadDeviceToken') break
    }
    throw refusal(last!.origin, last!.answer, now, destination.app !== undefined)
  },

  check({ settings: given }) {
    if (!given) return []
    const problems: Problem[] = [
      ...urlProblems('/settings/apiUrl', given.apiUrl),
      ...urlProblems('/settings/sandboxApiUrl', given.sandboxApiUrl),
      ...authorityProblems('/settings/ca', given.ca),
    ]
    for (const name of ['apiUrl', 'sandboxApiUrl'] as const)
      if (given[name]?.startsWith('http://')) problems.push({ pointer: `/settings/${name}`, message: 'must begin with https://: HTTP/2 needs TLS' })
    if (readKey(given.key) === null) problems.push({ pointer: '/settings/key', message: 'must be the whole .p8 file: a private key of the curve P-256' })
    return problems
  },

  // No device has this token. If Apple says so, it has accepted our key.
  async verify({ settings: given, http, clock }) {
    const line = openLine(given)
    const [origin = ''] = originsFor(given, 'production')
    try {
      const headers = { 'apns-topic': given.bundleId, 'apns-push-type': 'alert' }
      const answer = await post(line, http, origin, `/3/device/${'0'.repeat(64)}`, headers, '{"aps":{}}', clock())
      if (answer.status !== 200 && reasonOf(answer) !== 'BadDeviceToken') throw refusal(origin, answer, clock(), false)
    } finally {
      line.client.close()
    }
  },

  sameAddress: ({ token }) => token.toLowerCase(),

  dispose(given) {
    lines.get(given)?.client.close()
    lines.delete(given)
  },
})

const lines = new WeakMap<Settings, ApnsLine>()

function lineOf(given: Settings): ApnsLine {
  const line = lines.get(given) ?? openLine(given)
  lines.set(given, line)
  return line
}

/** A device without `environment` is tried in both environments. */
function originsFor({ apiUrl, sandboxApiUrl }: Settings, environment: 'production' | 'sandbox' | undefined): string[] {
  const production = new URL(apiUrl ?? 'https://api.push.apple.com').origin
  const sandbox = new URL(sandboxApiUrl ?? 'https://api.sandbox.push.apple.com').origin
  if (environment === undefined) return [production, sandbox]
  return environment === 'production' ? [production] : [sandbox]
}

/** Apple's priorities: 10 immediately, 5 to save battery. */
const priorityOf = (message: Slim): string =>
  rank(message, { low: '5', high: '10', urgent: '10' }, { debug: '5', info: '5', success: '10', warning: '10', error: '10', critical: '10' })

const payloadOf = ({ sound }: Pick<Settings, 'sound'>, message: Slim, body: string): object => ({
  aps: {
    alert: { title: truncate(oneLine(message.title), 250, 'bytes'), body },
    badge: message.notification?.unread,
    sound: message.severity === 'debug' ? undefined : (sound ?? 'default'),
    'thread-id': message.event.category,
    'interruption-level': interruption(message).replace('timeSensitive', 'time-sensitive'),
  },
  notificationId: message.notification?.id,
  url: message.url,
  type: message.event.type,
})

/** Lower-case UUID: the delivery's own id if it is one. */
function uuidOf(deliveryId: string): string {
  const [hex = createHash('sha256').update(deliveryId).digest('hex')] = /[0-9a-f]{32}$/.exec(deliveryId) ?? []
  return hex.slice(0, 32).replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5')
}

/** https://developer.apple.com/documentation/usernotifications/handling-notification-responses-from-apns; other reasons are classified by status. */
const BY_REASON: Record<string, DeliveryFailure> = {
  BadDeviceToken: 'unreachable',
  DeviceTokenNotForTopic: 'misconfigured',
  ExpiredToken: 'unreachable',
  Unregistered: 'unreachable',
  BadTopic: 'misconfigured',
  MissingTopic: 'misconfigured',
  TopicDisallowed: 'misconfigured',
  BadPath: 'misconfigured',
  IdleTimeout: 'temporary',
}

function refusal(origin: string, answer: Http2Answer, now: Millis, ownTopic: boolean): DeliveryError {
  const reason = reasonOf(answer)
  // A device whose own app and token do not match is gone; otherwise the app may belong to the next connection, or our bundle id is wrong.
  const contradicts = ownTopic && reason === 'DeviceTokenNotForTopic'
  const failure = contradicts ? 'unreachable' : (entryOf(BY_REASON, reason) ?? (answer.status === 404 ? 'misconfigured' : failureOf(answer.status)))
  const options: DeliveryErrorOptions & Said = reason === '' ? {} : { said: reason, code: `apns_${reason.replace(/(?<!^)([A-Z])/g, '_$1').toLowerCase()}` }
  // Too many messages to one device, another app's token, or a bundle id from the device: nothing is wrong with the connection.
  if (reason === 'TooManyRequests' || reason === 'DeviceTokenNotForTopic' || (ownTopic && reason.includes('Topic'))) options.scope = 'message'
  const since = saidBy(answer, 'timestamp')
  if (answer.status === 410 && typeof since === 'number') options.goneSince = since
  return statusError(origin, { status: answer.status, headers: {} }, now, failure, options)
}
