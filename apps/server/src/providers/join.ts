import { type Static, Type } from 'typebox'
import type { Message } from '../domain/message.ts'
import { targetsOf } from './kit/apprise-url.ts'
import type { HttpResponse } from './kit/contract.ts'
import { defineProvider } from './kit/define-provider.ts'
import { secret, text, url } from './kit/fields.ts'
import { liveList, optionsIn } from './kit/live-list.ts'
import { fivefold } from './kit/push-priority.ts'
import { member } from './kit/receipt.ts'
import { oneLine, truncate } from './kit/truncate.ts'
import { below, urlProblems } from './kit/urls.ts'
import { callVendor, type Verdict, vendorError } from './kit/vendor-api.ts'

const API = 'https://joinjoaomgcd.appspot.com'
const settings = Type.Object({
  apiUrl: Type.Optional(url({ title: 'API address', description: `For a proxy in place of ${API}.`, 'x-advanced': true })),
})

const destination = Type.Object({
  apiKey: secret({
    title: 'API key',
    description: 'joinjoaomgcd.appspot.com > your device > Join API.',
    'x-link': { label: 'Join: your devices', url: 'https://joinjoaomgcd.appspot.com/' },
  }),
  deviceNames: Type.Optional(
    text({
      title: 'Devices',
      description: 'Names or parts of names, separated by commas; none for all devices.',
      'x-widget': 'multi-select',
      'x-live': 'devices',
    }),
  ),
  deviceId: Type.Optional(
    text({
      title: 'Device id or group',
      description: 'In place of names, for example group.android.',
      pattern: '^(group\\.(all|android|chrome|windows10|phone|tablet|pc)|[A-Za-z0-9]{1,64})$',
      'x-advanced': true,
    }),
  ),
})
type Destination = Static<typeof destination>

const TITLE = 250
const BODY = 1000
/** All parameters are in the URL; servers and proxies refuse longer ones. */
const ADDRESS = 8000

/**
 * Join by joaoapps, with each person's own key. Only the response body indicates success. Some members and the text length are unverified,
 * and POST with the query string is used because the URL length is limited.
 */
export const join = defineProvider({
  id: 'join',
  name: 'Join',
  channel: 'join',
  docs: 'https://joaoapps.com/join/api/',
  settings,
  destination,
  capabilities: { format: 'text', title: TITLE, body: BODY, fits: (message) => fits(message), target: 'connection' },
  optional: ['link', 'picture'],
  names: { link: /\burl\b/i, picture: /\bimage\b/i },
  preview: true,

  async send({ settings, destination, message, http, clock }) {
    const call = {
      http,
      clock,
      url: addressOf(settings.apiUrl ?? API, destination, message),
      // An empty form body, as their own pages send.
      request: { form: {} },
      secrets: [destination.apiKey],
      read: verdict,
    }
    const response = await callVendor(call)
    const body = response.json()
    if (body !== undefined && member(body, 'success') !== true) throw vendorError(call, response, verdict(response))
    return {}
  },

  options: {
    devices: liveList({
      settings,
      destination: Type.Pick(destination, ['apiKey']),
      async list({ settings, destination, http, clock }) {
        const page = below(settings.apiUrl ?? API, `/_ah/api/registration/v1/listDevices?apikey=${encodeURIComponent(destination.apiKey)}`)
        const call = { http, clock, url: page, request: { method: 'GET' as const }, secrets: [destination.apiKey], read: verdict }
        const response = await callVendor(call)
        const answer = response.json()
        if (member(answer, 'success') === false) throw vendorError(call, response, verdict(response))
        return optionsIn(member(answer, 'records'), (device) => ({ value: member(device, 'deviceName') }))
      },
    }),
  },

  check: ({ settings, destination }) => [
    ...urlProblems('/settings/apiUrl', settings?.apiUrl),
    ...(destination?.deviceId !== undefined && destination.deviceNames !== undefined
      ? [{ pointer: '/destination/deviceId', message: 'cannot be combined with names of devices' }]
      : []),
  ],

  sameAddress: ({ apiKey, deviceNames, deviceId }) => JSON.stringify([apiKey, deviceNames?.toLowerCase(), deviceId]),

  apprise: {
    schemes: ['join'],
    reads: ['to'],
    off: ['image'],
    parse(from) {
      const { host } = from
      const path = targetsOf(from.path, from)
      if (host === '') return 'A Join URL is join://apikey/device'
      const [only, ...more] = path
      if (only === undefined) return { destination: { apiKey: host } }
      const group = /^(?:group\.)?(all|android|chrome|windows10|phone|tablet|pc)$/.exec(only)?.[1]
      if (more.length === 0 && group !== undefined) return { destination: { apiKey: host, deviceId: `group.${group}` } }
      if (more.length === 0 && /^[a-z0-9]{32}$/i.test(only)) return { destination: { apiKey: host, deviceId: only } }
      return { destination: { apiKey: host, deviceNames: path.join(',') } }
    },
  },
})

/** The longest server, key and list of devices. */
const AROUND = 2000

/** Everything is written into the address, most letters of the world as three bytes of three signs each. A truncated URL is useless: long ones are left out. */
function queryOf(message: Message, text: string): Record<string, string> {
  const short = (address: string | undefined) => address !== undefined && encodeURIComponent(address).length <= AROUND
  return {
    // Without a title the device would run the text as a command.
    title: truncate(oneLine(message.title), TITLE) || '…',
    text,
    ...(message.url !== undefined && short(message.url) && { url: message.url }),
    ...(message.image !== undefined && short(message.image) && { image: message.image }),
    priority: String(fivefold(message)),
  }
}

/** For rendering. */
const fits = (message: Message): boolean => new URLSearchParams(queryOf(message, message.body)).toString().length <= ADDRESS - AROUND

function addressOf(server: string, to: Destination, message: Message): string {
  const page = new URL(below(server, '/_ah/api/messaging/v1/sendPush'))
  const devices: Record<string, string> = to.deviceNames === undefined ? { deviceId: to.deviceId ?? 'group.all' } : { deviceNames: to.deviceNames }
  for (let room = BODY; ; room = room <= 50 ? 0 : Math.floor(room / 2)) {
    page.search = new URLSearchParams({ apikey: to.apiKey, ...devices, ...queryOf(message, truncate(message.body, room)) }).toString()
    if (page.href.length <= ADDRESS || room === 0) return page.href
  }
}

const DEVICES = /^no devices? to send/i

function verdict(response: HttpResponse): Verdict {
  const body = response.json()
  const said = member(body, 'errorMessage')
  // Key and device names belong to the person; a wrong key is also reported as a missing device.
  if (member(body, 'userAuthError') === true || (typeof said === 'string' && DEVICES.test(said))) return { said, failure: 'unreachable' }
  return { said }
}
