import { type Static, Type } from 'typebox'
import type { DeliveryFailure } from '../domain/delivery.ts'
import type { Message } from '../domain/message.ts'
import { HOUR, type Millis, SECOND } from '../domain/time.ts'
import type { HttpResponse } from './kit/contract.ts'
import { defineProvider } from './kit/define-provider.ts'
import { secret, text, url } from './kit/fields.ts'
import { clampWait } from './kit/http-errors.ts'
import { fivefold } from './kit/push-priority.ts'
import { oneLine, truncate } from './kit/truncate.ts'
import { below, urlProblems } from './kit/urls.ts'
import { callVendor, type Verdict, vendorError } from './kit/vendor-api.ts'

const settings = Type.Object({
  application: Type.Optional(text({ title: 'Displayed application', default: 'Carillon', maxLength: 64 })),
  providerKey: Type.Optional(secret({ title: 'Provider key', description: 'Raises the call limit, if Prowl granted one.', 'x-advanced': true })),
  apiUrl: Type.Optional(url({ title: 'API address', description: 'For a proxy in place of https://api.prowlapp.com.', 'x-advanced': true })),
})
type Settings = Static<typeof settings>

const KEY = /^[0-9a-f]{40}$/i

/** Prowl for iOS, with each person's own key. 1000 calls an hour from one of our addresses; responses are XML. (unverified): how Prowl handles longer texts. */
export const prowl = defineProvider({
  id: 'prowl',
  name: 'Prowl',
  channel: 'prowl',
  docs: 'https://www.prowlapp.com/api.php',
  settings,
  destination: Type.Object({
    apiKey: secret({
      title: 'API key',
      description: '40 letters and digits; prowlapp.com > API keys.',
      examples: ['0123456789abcdef0123456789abcdef01234567'],
      'x-link': { label: 'Prowl: API keys', url: 'https://www.prowlapp.com/api_settings.php' },
    }),
  }),
  capabilities: { format: 'text', title: 1024, body: 10_000, unit: 'bytes', target: 'connection', rate: { count: 1000, perMs: HOUR } },
  optional: ['link'],
  names: { link: /\burl\b/i },
  preview: true,

  async send({ settings, destination: { apiKey }, message, http, clock }) {
    const call = {
      http,
      clock,
      url: below(settings.apiUrl ?? 'https://api.prowlapp.com', '/publicapi/add'),
      request: { form: formOf(settings, apiKey, message) },
      secrets: [apiKey, ...(settings.providerKey === undefined ? [] : [settings.providerKey])],
      read: (no: HttpResponse) => verdict(no, clock(), resets.get(settings)),
    }
    const response = await callVendor(call)
    const { code, reset } = read(response.text)
    if (response.text !== '' && code !== 200) throw vendorError(call, response, call.read(response))
    if (reset !== undefined) resets.set(settings, reset)
    return {}
  },

  check: ({ settings, destination }) => [
    ...urlProblems('/settings/apiUrl', settings?.apiUrl),
    ...(settings?.providerKey !== undefined && !KEY.test(settings.providerKey) ? [{ pointer: '/settings/providerKey', message: NOT_A_KEY }] : []),
    ...(destination && !KEY.test(destination.apiKey) ? [{ pointer: '/destination/apiKey', message: NOT_A_KEY }] : []),
  ],

  sameAddress: ({ apiKey }) => apiKey.toLowerCase(),

  apprise: {
    schemes: ['prowl'],
    segments: 1,
    parse({ host, path: [providerKey] }) {
      if (!KEY.test(host)) return 'A Prowl URL is prowl://apikey, a key of 40 letters and digits'
      return { ...(providerKey === undefined ? {} : { settings: { providerKey } }), destination: { apiKey: host } }
    },
  },
})

const NOT_A_KEY = 'must be the 40 letters and digits that Prowl shows'

/** The end of our address's hour, from the last success of a connection. */
const resets = new WeakMap<object, Millis>()

function formOf({ application = 'Carillon', providerKey }: Settings, apiKey: string, message: Message): Record<string, string> {
  return {
    apikey: apiKey,
    ...(providerKey === undefined ? {} : { providerkey: providerKey }),
    priority: String(fivefold(message)),
    ...(message.url === undefined || Buffer.byteLength(message.url) > 512 ? {} : { url: message.url }),
    application: truncate(application, 256, 'bytes'),
    event: truncate(oneLine(message.title), 1024, 'bytes') || '…',
    description: truncate(message.body, 10_000, 'bytes'),
  }
}

/** `<prowl><success code="200" remaining="N" resetdate="unix s"/></prowl>` or `<prowl><error code="401">text</error></prowl>`: too simple to need a parser. */
function read(xml: string): { code?: number; said?: string; reset?: Millis } {
  const [, tag, attributes = '', said] = /<(success|error)\b([^<>]*?)\/?>([^<>]{0,500})/.exec(xml) ?? []
  const [, code] = /\bcode="(\d{3})"/.exec(attributes) ?? []
  const [, reset] = /\bresetdate="(\d{1,11})"/.exec(attributes) ?? []
  return {
    ...(code === undefined ? {} : { code: Number(code) }),
    ...(tag === 'error' && said !== undefined ? { said } : {}),
    ...(reset === undefined ? {} : { reset: Number(reset) * SECOND }),
  }
}

/** The key belongs to the person, as does the consent that a provider key needs. */
const BY_CODE: Record<number, DeliveryFailure | undefined> = {
  401: 'unreachable',
  405: 'misconfigured',
  409: 'unreachable',
  500: 'temporary',
}

function verdict(response: HttpResponse, now: Millis, reset: Millis | undefined): Verdict {
  const { code = response.status, said } = read(response.text)
  // The limit applies to our address, or to the provider key: all keys of the connection wait.
  if (code === 406) {
    const wait = reset !== undefined && reset > now ? reset - now : HOUR
    return { said, failure: 'temporary', throttled: 'connection', code: 'prowl_406', retryAfterMs: clampWait(wait) }
  }
  return { said, code: `prowl_${code}`, failure: BY_CODE[code] }
}
