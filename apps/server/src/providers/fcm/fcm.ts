import { type Static, Type } from 'typebox'
import { DAY, MINUTE, SECOND } from '../../domain/time.ts'
import type { Http, HttpResponse } from '../kit/contract.ts'
import { defineProvider } from '../kit/define-provider.ts'
import { DeliveryError } from '../kit/delivery-error.ts'
import { secret, text, url } from '../kit/fields.ts'
import { fitPush, fitsPush, type Slim } from '../kit/fit-push.ts'
import { blame } from '../kit/http-errors.ts'
import { PUSH_RETRIES, rank } from '../kit/push-priority.ts'
import { member } from '../kit/receipt.ts'
import { oneLine, truncate } from '../kit/truncate.ts'
import { below, urlProblems, whereOf } from '../kit/urls.ts'
import { errorOf, refusal } from './fcm-errors.ts'
import { accountProblems, createGoogleToken, type GoogleToken, readServiceAccount, type ServiceAccount } from './google-token.ts'

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
    text({ title: 'Project id', description: 'Only if it differs from the key file.', pattern: '^[a-z0-9.:-]{1,100}$', 'x-advanced': true }),
  ),
  androidChannel: Type.Optional(
    text({ title: 'Notification channel', description: 'The Android notification channel of your app.', maxLength: 100, 'x-advanced': true }),
  ),
  ttl: Type.Optional(
    Type.Integer({
      title: 'Time to live',
      description: 'Seconds that FCM keeps a message for a device that is offline.',
      minimum: 0,
      maximum: 2_419_200,
      default: DAY / SECOND,
      'x-advanced': true,
    }),
  ),
  apiUrl: Type.Optional(url({ title: 'API address', description: 'For a proxy in place of https://fcm.googleapis.com.', 'x-advanced': true })),
})
type Settings = Static<typeof settings>

/** Bytes of JSON, to one device and to a topic. */
const DEVICE_PAYLOAD = 4_096
const TOPIC_PAYLOAD = 2_048

const topicForm = Type.Object({
  topic: text({ title: 'Topic', description: 'The name of a topic that apps subscribe to.', pattern: '^[a-zA-Z0-9_.~%-]{1,900}$', examples: ['news'] }),
})

/**
 * Apps with Firebase (FCM HTTP v1). A shared connection sends to a topic. Written from the documentation, not tested against the live
 * service; (unverified): the size limit of a topic's message, the wait of a minute after a 429 without a time, `retryDelay`, and that the
 * dry run detects a wrong project.
 */
export const fcm = defineProvider({
  id: 'fcm',
  name: 'Firebase Cloud Messaging',
  channel: 'mobile_push',
  docs: 'https://firebase.google.com/docs/reference/fcm/rest/v1/projects.messages/send',
  preview: true,
  devices: true,
  platform: 'android',
  settings,
  destination: Type.Object({
    token: secret({ title: 'Registration token', maxLength: 4096, examples: ['registration-token-of-the-app'] }),
    app: Type.Optional(text({ title: 'App', description: 'Package name or bundle id.', maxLength: 155 })),
  }),
  sharedDestination: topicForm,
  capabilities: {
    format: 'text',
    title: 250,
    body: 2_000,
    unit: 'bytes',
    // The token of a device and the name of a channel fit into the rest.
    fits: fitsPush(DEVICE_PAYLOAD - 500, (shown, text) => ({ message: messageOf({}, shown, text) })),
    target: 'connection',
    rate: { count: 600_000, perMs: MINUTE },
    retries: PUSH_RETRIES,
  },
  optional: ['link', 'picture'],
  // `fieldViolations` give the path (https://cloud.google.com/apis/design/errors#error_model).
  names: { link: /\bmessage\.data\b/, picture: /\bnotification\.image\b/ },

  async send({ settings, destination, message, http, clock }) {
    const { account, tokens } = credentialOf(settings)
    const api = addressOf(settings, account)
    const to = 'token' in destination ? { token: destination.token } : { topic: destination.topic }
    const limit = 'token' in destination ? DEVICE_PAYLOAD : TOPIC_PAYLOAD
    const body = fitPush(message, limit, (shown, text) => ({ message: { ...to, ...messageOf(settings, shown, text) } }))
    const ask = async (): Promise<[HttpResponse, string]> => {
      const token = await tokens.get(http, clock())
      return [await post(http, api, token, body), token]
    }
    let [response, token] = await ask()
    if (response.status === 401 && errorOf(response).status === 'UNAUTHENTICATED' && errorOf(response).code !== 'THIRD_PARTY_AUTH_ERROR') {
      // Once: a token may have been revoked early.
      await tokens.forget(token)
      ;[response, token] = await ask()
    }
    if (response.status >= 200 && response.status < 300) {
      const name = member(response.json(), 'name')
      return typeof name === 'string' ? { externalId: name } : {}
    }
    throw refusal(whereOf(api), response, clock(), 'token' in destination ? destination.token : undefined)
  },

  check: ({ settings: given }) => [...accountProblems('/settings/serviceAccount', given?.serviceAccount), ...urlProblems('/settings/apiUrl', given?.apiUrl)],

  // A dry run to a topic reaches nobody, and checks account, project and API.
  async verify({ settings: given, http, clock }) {
    const { account } = credentialOf(given)
    const api = addressOf(given, account)
    const token = await createGoogleToken(account).get(http, clock())
    const response = await post(http, api, token, JSON.stringify({ validate_only: true, message: { topic: 'carillon', notification: { title: 'Test' } } }))
    if (response.status < 200 || response.status > 299) throw refusal(whereOf(api), response, clock())
  },

  sameAddress: (destination) => ('token' in destination ? destination.token : `/topics/${destination.topic}`),
})

const addressOf = ({ projectId, apiUrl = 'https://fcm.googleapis.com' }: Settings, account: ServiceAccount): string =>
  below(apiUrl, `/v1/projects/${encodeURIComponent(projectId ?? account.projectId)}/messages:send`)

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
  http.request(api, { accept: 'all', headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' }, body }).catch(blame)

const priorityOf = (message: Slim): string =>
  rank(
    message,
    { low: 'NORMAL', high: 'HIGH', urgent: 'HIGH' },
    { debug: 'NORMAL', info: 'NORMAL', success: 'NORMAL', warning: 'HIGH', error: 'HIGH', critical: 'HIGH' },
  )

function messageOf({ ttl, androidChannel }: Pick<Settings, 'ttl' | 'androidChannel'>, message: Slim, body: string): object {
  const { notification, url, image } = message
  const tag = notification?.id ?? message.event.id
  return {
    notification: { title: truncate(oneLine(message.title), 250, 'bytes'), body, ...(image !== undefined && image.length <= 500 && { image }) },
    // Every value must be a string, and no key may be reserved (`from`, `google…`, `gcm…`).
    data: {
      ...(notification && { notificationId: notification.id, badge: String(notification.unread) }),
      ...(url !== undefined && { url }),
      type: message.event.type,
    },
    android: {
      priority: priorityOf(message),
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
