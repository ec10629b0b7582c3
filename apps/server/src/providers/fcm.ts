import { type Static, Type } from 'typebox'
import type { DeliveryFailure } from '../domain/delivery.ts'
import type { Message } from '../domain/message.ts'
import { DAY, MINUTE, type Millis, SECOND } from '../domain/time.ts'
import { DeliveryError } from './delivery-error.ts'
import { secret, text, url } from './fields.ts'
import { fitJson } from './fit-json.ts'
import { accountProblems, createGoogleToken, type GoogleToken, readServiceAccount, type ServiceAccount } from './google-token.ts'
import { blameConnection, failureOf, parseRetryAfter, statusError } from './http.ts'
import { defineProvider, type Http, type HttpResponse } from './provider.ts'
import { member } from './receipt.ts'
import { oneLine, truncate } from './truncate.ts'
import { urlProblems, whereOf } from './urls.ts'

const settings = Type.Object({
  serviceAccount: secret({
    title: 'Service account',
    description: 'The whole JSON key file: Firebase console > Project settings > Service accounts > Generate new private key.',
    'x-link': { label: 'Firebase console', url: 'https://console.firebase.google.com/' },
    maxLength: 16_384,
    pattern: '^[\\s\\S]*$',
    'x-widget': 'textarea',
  }),
  projectId: Type.Optional(
    text({ title: 'Project id', description: 'Where it is not the one of the key file.', pattern: '^[a-z0-9.:-]{1,100}$', 'x-advanced': true }),
  ),
  androidChannel: Type.Optional(
    text({ title: 'Notification channel', description: 'The Android notification channel of your app.', maxLength: 100, 'x-advanced': true }),
  ),
  ttl: Type.Optional(
    Type.Integer({
      title: 'Keep for',
      description: 'Seconds that a message waits for a phone that is off.',
      minimum: 0,
      maximum: 2_419_200,
      default: DAY / SECOND,
      'x-advanced': true,
    }),
  ),
  apiUrl: Type.Optional(url({ title: 'API address', description: 'For a proxy in place of https://fcm.googleapis.com.', 'x-advanced': true })),
})
type Settings = Static<typeof settings>

const topicForm = Type.Object({
  topic: text({ title: 'Topic', description: 'A name of your own that apps subscribe to.', pattern: '^[a-zA-Z0-9_.~%-]{1,900}$', examples: ['news'] }),
})

/**
 * Apps with Firebase (FCM HTTP v1). Quotas of 2026, the answers of the token check and the error texts are as documented, unseen.
 * A shared connection sends to a topic.
 */
export const fcm = defineProvider({
  id: 'fcm',
  name: 'Firebase Cloud Messaging',
  channel: 'mobile_push',
  docs: 'https://firebase.google.com/docs/reference/fcm/rest/v1/projects.messages/send',
  preview: true,
  devices: true,
  settings,
  destination: Type.Object({
    token: secret({ title: 'Registration token', maxLength: 4096, examples: ['registration-token-of-the-app'] }),
    app: Type.Optional(text({ title: 'App', description: 'Package name or bundle id.', maxLength: 155 })),
  }),
  sharedDestination: topicForm,
  capabilities: { format: 'text', title: 250, body: 2_000, unit: 'bytes', target: 'connection', rate: { count: 600_000, perMs: MINUTE } },

  async send({ settings, destination, message, http, clock }) {
    const { account, tokens } = credentialOf(settings)
    const api = new URL(
      `/v1/projects/${encodeURIComponent(settings.projectId ?? account.projectId)}/messages:send`,
      settings.apiUrl ?? 'https://fcm.googleapis.com',
    ).href
    const to = 'token' in destination ? { token: destination.token } : { topic: destination.topic }
    const limit = 'token' in destination ? 4_096 : 2_048
    const body = fitJson(message.text, limit, (shown) => ({ message: { ...to, ...messageOf(settings, message, shown) } }))
    const ask = async (): Promise<[HttpResponse, string]> => {
      const token = await tokens.get(http, clock())
      return [await post(http, api, token, body), token]
    }
    let [response, token] = await ask()
    if (response.status === 401 && errorOf(response).status === 'UNAUTHENTICATED' && errorOf(response).code !== 'THIRD_PARTY_AUTH_ERROR') {
      // Once: a token may have been withdrawn before its time.
      await tokens.forget(token)
      ;[response, token] = await ask()
    }
    if (response.status >= 200 && response.status < 300) {
      const name = member(response.json(), 'name')
      return typeof name === 'string' ? { externalId: name } : {}
    }
    throw refusal(whereOf(api), response, clock())
  },

  check: ({ settings: given }) => [...accountProblems('/settings/serviceAccount', given?.serviceAccount), ...urlProblems('/settings/apiUrl', given?.apiUrl)],

  // A message needs a phone; that Google gives us a token says that the account is right.
  async verify({ settings: given, http }) {
    const { account } = credentialOf(given)
    await createGoogleToken(account).get(http, Date.now())
  },

  sameAddress: (destination) => ('token' in destination ? destination.token : `/topics/${destination.topic}`),
})

const credentials = new WeakMap<Settings, { account: ServiceAccount; tokens: GoogleToken }>()

function credentialOf(given: Settings): { account: ServiceAccount; tokens: GoogleToken } {
  const known = credentials.get(given)
  if (known) return known
  const account = readServiceAccount(given.serviceAccount)
  if (typeof account === 'string') throw new DeliveryError('misconfigured', `The service account ${account}`, { code: 'settings' })
  const made = { account, tokens: createGoogleToken(account) }
  credentials.set(given, made)
  return made
}

const post = (http: Http, api: string, token: string, body: string): Promise<HttpResponse> =>
  http.request(api, { accept: 'all', headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' }, body }).catch((error: unknown) => {
    throw blameConnection(error)
  })

const URGENT = new Set(['warning', 'error', 'critical'])

function messageOf({ ttl, androidChannel }: Settings, message: Message, body: string): object {
  const { notification, severity, url, image } = message
  const tag = notification?.id ?? message.event.id
  return {
    notification: { title: truncate(oneLine(message.title), 250, 'bytes'), body, ...(image !== undefined && image.length <= 500 && { image }) },
    // Every value must be a text, and no key may be one of theirs (`from`, `google…`, `gcm…`).
    data: {
      ...(notification && { notificationId: notification.id, badge: String(notification.unread) }),
      ...(url !== undefined && { url }),
      type: message.event.type,
    },
    android: {
      priority: URGENT.has(severity) ? 'HIGH' : 'NORMAL',
      ttl: `${ttl ?? DAY / SECOND}s`,
      notification: {
        tag,
        ...(notification && { notification_count: notification.unread }),
        ...(androidChannel !== undefined && { channel_id: androidChannel }),
      },
    },
    apns: { payload: { aps: { ...(notification && { badge: notification.unread }), 'thread-id': message.event.category } } },
  }
}

interface FcmError {
  status: string
  code: string
  fields: string[]
}

/** https://firebase.google.com/docs/reference/fcm/rest/v1/ErrorCode: the code is in a detail, beside the status of Google's APIs. */
function errorOf(response: HttpResponse): FcmError {
  const error = member(response.json(), 'error')
  const [status, given] = [member(error, 'status'), member(error, 'details')]
  const details: unknown[] = Array.isArray(given) ? given : []
  const violations = details.flatMap((detail) => member(detail, 'fieldViolations') ?? [])
  const code = details.map((detail) => member(detail, 'errorCode')).find((one) => typeof one === 'string')
  return {
    status: typeof status === 'string' ? status : '',
    code: typeof code === 'string' ? code : '',
    fields: violations.map((one) => String(member(one, 'field'))),
  }
}

function meaningOf(status: number, { code, fields }: FcmError): DeliveryFailure {
  if (code === 'UNREGISTERED' || code === 'SENDER_ID_MISMATCH') return 'unreachable'
  if (status === 400 && fields.includes('message.token')) return 'unreachable'
  // A bare 404 is a wrong project or address: no phone is to blame.
  if (status === 404 || status === 410) return 'misconfigured'
  return failureOf(status)
}

function refusal(where: string, response: HttpResponse, now: Millis): DeliveryError {
  const error = errorOf(response)
  const code = error.code === '' ? error.status : error.code
  const wait = response.status === 429 ? (parseRetryAfter(response.headers['retry-after'], now) ?? MINUTE) : undefined
  return statusError(where, response, now, meaningOf(response.status, error), {
    ...(/^[A-Z_]{1,40}$/.test(code) ? { code: `fcm_${code.toLowerCase()}` } : {}),
    ...(wait === undefined ? {} : { retryAfterMs: wait }),
  })
}
