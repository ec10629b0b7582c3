import { type Static, Type } from 'typebox'
import type { DeliveryFailure } from '../domain/delivery.ts'
import type { Message } from '../domain/message.ts'
import { type Millis, SECOND } from '../domain/time.ts'
import { email, secret, text, url } from './fields.ts'
import { clampWait } from './http.ts'
import { defineProvider, type HttpResponse } from './provider.ts'
import { member } from './receipt.ts'
import { oneLine, truncate } from './truncate.ts'
import { urlProblems } from './urls.ts'
import { callVendor, type Verdict } from './vendor-api.ts'

const destination = Type.Object({
  accessToken: secret({
    title: 'Access token',
    description: 'Settings > Account > Create access token.',
    'x-link': { label: 'Pushbullet: settings', url: 'https://www.pushbullet.com/#settings/account' },
  }),
  deviceIden: Type.Optional(text({ title: 'Device', description: 'Its iden; none for all devices.', maxLength: 64 })),
  email: Type.Optional(email({ title: 'Somebody else', description: 'The mail address of the person who gets it instead.', 'x-advanced': true })),
  channelTag: Type.Optional(text({ title: 'Channel', description: 'The tag of a channel of your own.', maxLength: 64, 'x-advanced': true })),
  senderIden: Type.Optional(text({ title: 'Shown sender', description: 'The iden of a device.', maxLength: 64, 'x-advanced': true })),
})
type Destination = Static<typeof destination>

const TARGETS = ['deviceIden', 'email', 'channelTag'] as const
const BODY = 32_768

/**
 * Pushbullet, on the account of everybody's own access token. The delivery's id is the `guid`, so a repeated attempt shows nothing
 * twice. Lengths are not documented; these are our own.
 */
export const pushbullet = defineProvider({
  id: 'pushbullet',
  name: 'Pushbullet',
  channel: 'pushbullet',
  docs: 'https://docs.pushbullet.com/#create-push',
  settings: Type.Object({
    apiUrl: Type.Optional(url({ title: 'API address', description: 'For a proxy in place of https://api.pushbullet.com.', 'x-advanced': true })),
  }),
  destination,
  capabilities: { format: 'text', title: 250, body: BODY, target: 'connection' },

  async send({ settings: { apiUrl = 'https://api.pushbullet.com' }, destination, message, delivery, http, clock }) {
    const response = await callVendor({
      http,
      clock,
      url: `${apiUrl.replace(/\/+$/, '')}/v2/pushes`,
      request: { headers: { 'access-token': destination.accessToken }, json: pushOf(destination, message, delivery.id) },
      secrets: [destination.accessToken],
      read: (no) => verdict(no, clock()),
    })
    const id = member(response.json(), 'iden')
    return typeof id === 'string' ? { externalId: id } : {}
  },

  check: ({ settings, destination }) => [
    ...urlProblems('/settings/apiUrl', settings?.apiUrl),
    // Pushbullet wants one target at most.
    ...TARGETS.filter((target) => destination?.[target] !== undefined)
      .slice(1)
      .map((target) => ({ pointer: `/destination/${target}`, message: 'cannot be combined with another target' })),
  ],

  sameAddress: (to) => JSON.stringify([to.accessToken, to.deviceIden, to.email?.toLowerCase(), to.channelTag]),

  apprise: {
    schemes: ['pbul'],
    parse({ host, path }) {
      const [target, ...more] = path
      if (host === '') return 'A Pushbullet URL is pbul://token'
      if (more.length > 0) return 'The URL names several targets; paste one URL for each'
      return { destination: { accessToken: host, ...(target === undefined ? {} : targetOf(target)) } }
    },
  },
})

function targetOf(target: string): Partial<Destination> {
  if (target.startsWith('#')) return { channelTag: target.slice(1) }
  return target.includes('@') ? { email: target } : { deviceIden: target }
}

const pushOf = (to: Destination, message: Message, guid: string): object => ({
  type: message.url === undefined ? 'note' : 'link',
  title: truncate(oneLine(message.title), 250),
  body: truncate(message.body, BODY),
  url: message.url,
  device_iden: to.deviceIden,
  email: to.email,
  channel_tag: to.channelTag,
  source_device_iden: to.senderIden,
  guid,
})

/** What of the person's own is wrong, when the body or status says it. */
const THEIRS: Record<number, DeliveryFailure | undefined> = { 401: 'unreachable', 403: 'unreachable', 404: 'unreachable' }

/** `{"error":{"code","type","message","param"},"error_code"}` */
function verdict(response: HttpResponse, now: Millis): Verdict {
  const body = response.json()
  const error = member(body, 'error')
  const said = member(error, 'message')
  // The limit is of the one account: the others go on.
  if (response.status === 429) {
    const reset = Number(response.headers['x-ratelimit-reset'] ?? Number.NaN)
    return { said, scope: 'message', ...(Number.isFinite(reset) ? { retryAfterMs: clampWait(reset * SECOND - now) } : {}) }
  }
  // 500 pushes a month are free; until the next one nothing arrives, and nobody but this person can mend it.
  if (member(error, 'code') === 'pushbullet_pro_required' || member(body, 'error_code') === 'pushbullet_pro_required')
    return { said, failure: 'misconfigured', scope: 'message', code: 'pushbullet_pro_required' }
  if (response.status === 400 && /^(device_iden|email|channel_tag)$/.test(String(member(error, 'param')))) return { said, failure: 'unreachable' }
  return { said, failure: THEIRS[response.status] }
}
