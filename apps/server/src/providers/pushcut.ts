import { Type } from 'typebox'
import type { Message } from '../domain/message.ts'
import type { HttpResponse } from './kit/contract.ts'
import { defineProvider } from './kit/define-provider.ts'
import { secret, text, url } from './kit/fields.ts'
import { fitJson, fitsJson } from './kit/fit-json.ts'
import { liveList, optionsIn } from './kit/live-list.ts'
import { interruption } from './kit/push-priority.ts'
import { member } from './kit/receipt.ts'
import { oneLine, truncate } from './kit/truncate.ts'
import { below, urlProblems } from './kit/urls.ts'
import { callVendor, type Verdict } from './kit/vendor-api.ts'

const TITLE_BYTES = 250
const BODY_BYTES = 3000
/** Apple allows 4096 bytes of JSON, including Pushcut's own part; Pushcut documents no length. */
const REQUEST_BYTES = 3800
/** The id of the delivery, of which only sending knows. */
const ID_BYTES = 64

const API = 'https://api.pushcut.io'
const settings = Type.Object({
  apiUrl: Type.Optional(url({ title: 'API address', description: `For a proxy in place of ${API}.`, 'x-advanced': true })),
})
const apiKey = secret({ title: 'API key', description: 'In the app: Account > Add API key.' })

/**
 * Pushcut, with each person's own key and a notification defined in the app. Our texts replace its own only with their paid plan.
 * Unverified: lengths, the members of the notification list, and that an `id` prevents duplicates by repeated attempts.
 */
export const pushcut = defineProvider({
  id: 'pushcut',
  name: 'Pushcut',
  channel: 'pushcut',
  docs: 'https://www.pushcut.io/webapi',
  settings,
  destination: Type.Object({
    apiKey,
    notification: text({
      title: 'Notification',
      description: 'Its name, as in the app.',
      maxLength: 200,
      'x-widget': 'select',
      'x-live': 'notifications',
    }),
    timeSensitive: Type.Optional(
      Type.Boolean({ title: 'Break through Focus', description: 'For errors and high priority.', default: true, 'x-advanced': true }),
    ),
  }),
  capabilities: {
    format: 'text',
    title: TITLE_BYTES,
    body: BODY_BYTES,
    unit: 'bytes',
    fits: (message) => fitsJson(message.body, REQUEST_BYTES - ID_BYTES, (body) => notificationOf(message, body, '')),
    target: 'connection',
  },
  optional: ['link', 'picture'],
  names: { link: /\bdefaultAction\b/, picture: /\bimage\b/ },
  preview: true,

  async send({ settings: { apiUrl = API }, destination: to, message, delivery, http, clock }) {
    const response = await callVendor({
      http,
      clock,
      url: below(apiUrl, `/v1/notifications/${encodeURIComponent(to.notification)}`),
      request: {
        headers: { 'api-key': to.apiKey, 'content-type': 'application/json' },
        body: fitJson(truncate(message.body, BODY_BYTES, 'bytes'), REQUEST_BYTES, (body) => notificationOf(message, body, delivery.id, to.timeSensitive)),
      },
      secrets: [to.apiKey],
      read: verdict,
    })
    const id = member(response.json(), 'id')
    return typeof id === 'string' ? { externalId: id } : {}
  },

  options: {
    notifications: liveList({
      settings,
      destination: Type.Object({ apiKey }),
      async list({ settings: { apiUrl = API }, destination, http, clock }) {
        const request = { method: 'GET' as const, headers: { 'api-key': destination.apiKey } }
        const page = below(apiUrl, '/v1/notifications')
        const response = await callVendor({ http, clock, url: page, request, secrets: [destination.apiKey], read: verdict })
        return optionsIn(response.json(), (one) => ({ value: member(one, 'title') ?? member(one, 'id') }))
      },
    }),
  },

  check: ({ settings, destination }) => [
    ...urlProblems('/settings/apiUrl', settings?.apiUrl),
    // Two dots in a URL mean the parent folder, however they are encoded.
    ...(destination !== undefined && /^\.\.?$/.test(destination.notification)
      ? [{ pointer: '/destination/notification', message: 'is not the name of a notification' }]
      : []),
  ],

  sameAddress: ({ apiKey, notification }) => JSON.stringify([apiKey, notification]),
})

/** Key and name belong to the person. */
const verdict = (no: HttpResponse): Verdict => ({
  said: member(no.json(), 'error'),
  ...([401, 403, 404, 410].includes(no.status) ? { failure: 'unreachable' } : {}),
})

function notificationOf(message: Message, text: string, id: string, timeSensitive = true): object {
  const level = interruption(message)
  return {
    title: truncate(oneLine(message.title), TITLE_BYTES, 'bytes'),
    text,
    id,
    interruptionLevel: level === 'timeSensitive' && !timeSensitive ? 'active' : level,
    image: within(message.image),
    defaultAction: within(message.url) === undefined ? undefined : { url: message.url },
  }
}

/** Longer URLs would leave no room for the text. */
const within = (address: string | undefined): string | undefined => (address === undefined || address.length > 1000 ? undefined : address)
