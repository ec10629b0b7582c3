import { type Static, Type } from 'typebox'
import { SECOND } from '../domain/time.ts'
import type { HttpResponse } from './kit/contract.ts'
import { defineProvider } from './kit/define-provider.ts'
import { secret, text, url } from './kit/fields.ts'
import { entryOf, member } from './kit/receipt.ts'
import { isGsm, phoneIn, smsCapabilities, smsDestination, smsText } from './kit/sms.ts'
import { below, urlProblems } from './kit/urls.ts'
import { callVendor, type Verdict, vendorError } from './kit/vendor-api.ts'

const settings = Type.Object({
  apiKey: text({ title: 'API key', maxLength: 64 }),
  apiSecret: secret({
    title: 'API secret',
    description: 'On the first page of the dashboard, next to the key.',
    'x-link': { label: 'Vonage dashboard', url: 'https://dashboard.nexmo.com/' },
  }),
  from: text({
    title: 'Sender',
    description: 'One of your numbers without +, or a name of up to 11 letters.',
    pattern: '^(\\d{3,15}|[A-Za-z0-9 ]{1,11})$',
    examples: ['Carillon'],
  }),
  apiUrl: Type.Optional(url({ title: 'API address', description: 'For a proxy in place of https://rest.nexmo.com.', 'x-advanced': true })),
})
type Settings = Static<typeof settings>

/** SMS through Vonage's older SMS API, which answers 200 to every request. All of it is unverified. */
export const vonage = defineProvider({
  id: 'vonage',
  name: 'Vonage',
  channel: 'sms',
  docs: 'https://developer.vonage.com/en/api/sms',
  settings,
  destination: smsDestination,
  capabilities: smsCapabilities,
  preview: true,

  async send({ settings, destination, message, http, clock }) {
    const words = smsText(message)
    const call = {
      http,
      clock,
      url: addressOf(settings, '/sms/json'),
      request: {
        form: {
          api_key: settings.apiKey,
          api_secret: settings.apiSecret,
          from: settings.from,
          to: destination.phone.slice(1),
          text: words,
          type: isGsm(words) ? 'text' : 'unicode',
        },
      },
      secrets: [settings.apiSecret],
      read: verdict,
    }
    const response = await callVendor(call)
    const [first, ...rest] = partsOf(response)
    const status = member(first, 'status')
    if (response.json() !== undefined && status !== '0') throw vendorError(call, response, verdict(response))
    const id = member(first, 'message-id')
    const lost = rest.filter((part) => member(part, 'status') !== '0').length
    // Some parts were sent: a second attempt would show them twice.
    return { ...(typeof id === 'string' ? { externalId: id } : {}), ...(lost === 0 ? {} : { note: `${lost} of ${rest.length + 1} parts were refused` }) }
  },

  // Every SMS costs money; reading the balance is free.
  async verify({ settings, http, clock }) {
    const page = new URL(addressOf(settings, '/account/get-balance'))
    page.searchParams.set('api_key', settings.apiKey)
    page.searchParams.set('api_secret', settings.apiSecret)
    await callVendor({ http, clock, url: page.href, request: { method: 'GET' }, secrets: [settings.apiSecret], read: verdict })
  },

  check: ({ settings: given }) => urlProblems('/settings/apiUrl', given?.apiUrl),
  sameAddress: ({ phone }) => phone,

  apprise: {
    schemes: ['vonage', 'nexmo'],
    identity: 'both',
    reads: ['to'],
    parse({ user, password, host, path, query }) {
      if (user === undefined || password === undefined) return 'A Vonage URL is vonage://key:secret@from/to'
      if (path.length > 1) return 'The URL names several numbers; paste one URL for each'
      const phone = phoneIn(path[0] ?? query.get('to'))
      if (phone === null) return 'The URL names no recipient number; write vonage://key:secret@from/to'
      return { settings: { apiKey: user, apiSecret: password, from: host.replace(/^\+/, '') }, destination: { phone } }
    },
  },
})

const addressOf = ({ apiUrl = 'https://rest.nexmo.com' }: Settings, path: string): string => below(apiUrl, path)

/** One entry per part of the text. */
function partsOf(response: HttpResponse): unknown[] {
  const parts = member(response.json(), 'messages')
  return Array.isArray(parts) ? parts : []
}

/** https://developer.vonage.com/en/messaging/sms/guides/troubleshooting-sms; every other status refuses this message. */
const BY_STATUS: Record<string, Verdict> = {
  '1': { failure: 'temporary', about: 'limit', throttled: 'target', retryAfterMs: SECOND },
  '4': { failure: 'misconfigured', about: 'account' }, // wrong key or secret
  '5': { failure: 'temporary' },
  '6': { failure: 'rejected', about: 'recipient' }, // no route to this number
  '7': { failure: 'unreachable', about: 'recipient' }, // barred
  '8': { failure: 'misconfigured', about: 'account' }, // barred
  '9': { failure: 'misconfigured', about: 'account' }, // no credit
  '10': { failure: 'temporary', about: 'limit', throttled: 'target', retryAfterMs: SECOND }, // too many connections
  '11': { failure: 'misconfigured', about: 'account' }, // not enabled for this API
  '12': { failure: 'rejected', about: 'message' }, // too long
  '14': { failure: 'misconfigured', about: 'account' }, // the account demands signatures
  '15': { failure: 'misconfigured', about: 'sender', field: '/settings/from' },
  '29': { failure: 'misconfigured', about: 'account', scope: 'message' }, // trial accounts reach verified numbers only
  '33': { failure: 'unreachable', about: 'recipient' }, // deactivated
}

/** `{"messages":[{"status":"4","error-text":"…"}]}` */
function verdict(response: HttpResponse): Verdict {
  const [first] = partsOf(response)
  const [status, said] = [member(first, 'status'), member(first, 'error-text')]
  if (typeof status !== 'string' || !/^\d{1,3}$/.test(status)) return { said }
  return {
    said,
    code: `vonage_${status}`,
    failure: 'rejected',
    ...entryOf(BY_STATUS, status),
  }
}
