import { type Static, Type } from 'typebox'
import { lacks, type Message } from '../domain/message.ts'
import { serverOf } from './kit/apprise-url.ts'
import type { HttpResponse } from './kit/contract.ts'
import { defineProvider } from './kit/define-provider.ts'
import { secret, text, url } from './kit/fields.ts'
import { fitJson, fitsJson } from './kit/fit-json.ts'
import { interruption, rank } from './kit/push-priority.ts'
import { member } from './kit/receipt.ts'
import { oneLine, truncate } from './kit/truncate.ts'
import { trustSettings } from './kit/trust.ts'
import { below, urlProblems } from './kit/urls.ts'
import { callVendor, type Verdict, vendorError } from './kit/vendor-api.ts'

const destination = Type.Object({
  deviceKey: secret({ title: 'Device key', description: 'The part after the server in the address that the app shows.' }),
  sound: Type.Optional(text({ title: 'Sound', description: 'One of the sounds in the app.', maxLength: 64, 'x-advanced': true })),
  critical: Type.Optional(Type.Boolean({ title: 'Ring even when muted', description: 'For critical and urgent messages.', default: true, 'x-advanced': true })),
})

const TITLE_BYTES = 250
const BODY_BYTES = 3000
/** Apple allows 4096 bytes of JSON, including Bark's own part. */
const REQUEST_BYTES = 3800
/** Key, sound and icon, of which only sending knows. */
const OWN_BYTES = 700

/** Bark for iOS, through its public server or a self-hosted one. All of it is unverified. */
export const bark = defineProvider({
  serverHeaders: [],
  id: 'bark',
  name: 'Bark',
  channel: 'bark',
  docs: 'https://bark.day.app/#/tutorial',
  settings: Type.Object({
    server: Type.Optional(url({ title: 'Server', description: 'Including its path, if any.', default: 'https://api.day.app' })),
    icon: Type.Optional(url({ title: 'Displayed icon', 'x-mentioned': true, 'x-advanced': true })),
    ...trustSettings,
  }),
  destination,
  capabilities: {
    format: 'text',
    title: TITLE_BYTES,
    body: BODY_BYTES,
    unit: 'bytes',
    fits: (message) => fitsJson(message.body, REQUEST_BYTES - OWN_BYTES, (body) => pushOf({ deviceKey: '' }, message, body, undefined)),
    target: 'connection',
  },
  optional: ['link', 'avatar'],
  names: { link: /\burl\b/i, avatar: /\bicon\b/i },
  preview: true,

  async send({ settings: { server = 'https://api.day.app', icon }, destination, message, http, clock }) {
    const call = {
      http,
      clock,
      url: below(server, '/push'),
      request: {
        headers: { 'content-type': 'application/json' },
        body: fitJson(truncate(message.body, BODY_BYTES, 'bytes'), REQUEST_BYTES, (body) => pushOf(destination, message, body, icon)),
      },
      secrets: [destination.deviceKey],
      read: verdict,
    }
    const response = await callVendor(call)
    const body = response.json()
    if (body !== undefined && member(body, 'code') !== 200) throw vendorError(call, response, verdict(response))
    return {}
  },

  // Every Bark server has `/ping`.
  async verify({ settings: { server = 'https://api.day.app' }, http, clock }) {
    await callVendor({ http, clock, url: below(server, '/ping'), request: { method: 'GET' }, secrets: [], read: () => ({}) })
  },

  check: ({ settings }) => [...urlProblems('/settings/server', settings?.server), ...urlProblems('/settings/icon', settings?.icon)],
  sameAddress: ({ deviceKey }) => deviceKey,

  apprise: {
    schemes: ['bark', 'barks'],
    reads: ['sound'],
    off: ['image', 'call'],
    parse(url) {
      const [deviceKey, ...more] = url.path
      if (deviceKey === undefined || url.host === '') return 'A Bark URL is barks://server/device_key'
      if (more.length > 0) return 'The URL names several devices; paste one URL for each'
      const sound = url.query.get('sound')
      return { settings: { server: serverOf(url) }, destination: { deviceKey, ...(sound === undefined ? {} : { sound }) } }
    },
  },
})

function pushOf({ deviceKey, sound, critical = true }: Static<typeof destination>, message: Message, body: string, icon: string | undefined): object {
  const loudest = rank(
    message,
    { low: false, high: false, urgent: true },
    { debug: false, info: false, success: false, warning: false, error: false, critical: true },
  )
  return {
    device_key: deviceKey,
    title: truncate(oneLine(message.title), TITLE_BYTES, 'bytes'),
    body,
    level: loudest && critical ? 'critical' : interruption(message),
    sound,
    group: truncate(message.event.category, 64),
    icon: lacks(message, 'avatar') ? undefined : icon,
    // A truncated URL is useless, and a very long one would leave no room for the text.
    url: message.url === undefined || message.url.length > 1000 ? undefined : message.url,
    badge: message.notification?.unread,
  }
}

/** `{"code","message"}`; 400 with "device token" means that this key is no longer registered. */
function verdict(response: HttpResponse): Verdict {
  const body = response.json()
  const [code, said] = [member(body, 'code'), member(body, 'message')]
  if (typeof said === 'string' && /failed to get device token/i.test(said)) return { said, failure: 'unreachable', code: 'bark_device' }
  if (typeof code === 'number' && code >= 500) return { said, failure: 'temporary' }
  return { said }
}
