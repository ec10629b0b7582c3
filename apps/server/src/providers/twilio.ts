import { type Static, Type } from 'typebox'
import { HOUR, MINUTE } from '../domain/time.ts'
import { basic } from './kit/basic.ts'
import type { HttpResponse } from './kit/contract.ts'
import { defineProvider } from './kit/define-provider.ts'
import { secret, text, url } from './kit/fields.ts'
import { member } from './kit/receipt.ts'
import { phoneIn, smsCapabilities, smsDestination, smsText } from './kit/sms.ts'
import { below, urlProblems } from './kit/urls.ts'
import { callVendor, type Verdict, vendorError } from './kit/vendor-api.ts'

const settings = Type.Object({
  accountSid: text({ title: 'Account SID', pattern: '^AC[0-9a-fA-F]{32}$', examples: ['AC00000000000000000000000000000000'] }),
  authToken: secret({
    title: 'Auth token',
    description: 'Or the API key’s secret.',
    'x-link': { label: 'Twilio console', url: 'https://console.twilio.com/' },
  }),
  apiKeySid: Type.Optional(
    text({ title: 'API key SID', description: 'SK…, in place of the account’s own token.', pattern: '^SK[0-9a-fA-F]{32}$', 'x-advanced': true }),
  ),
  from: text({
    title: 'Sender',
    description: 'One of your numbers, a short code, a name of up to 11 letters, or a messaging service (MG…).',
    pattern: '^(\\+[1-9]\\d{6,14}|\\d{3,8}|[A-Za-z0-9 ]{1,11}|MG[0-9a-fA-F]{32})$',
    examples: ['+12025550100'],
  }),
  apiUrl: Type.Optional(url({ title: 'API address', description: 'For a proxy in place of https://api.twilio.com.', 'x-advanced': true })),
})
type Settings = Static<typeof settings>

const SERVICE = /^MG[0-9a-f]{32}$/i

/** SMS through Twilio; a text of several parts is billed per part. Unverified: that the test may read a page of messages. */
export const twilio = defineProvider({
  id: 'twilio',
  name: 'Twilio',
  channel: 'sms',
  docs: 'https://www.twilio.com/docs/messaging/api/message-resource#create-a-message-resource',
  settings,
  destination: smsDestination,
  capabilities: smsCapabilities,
  preview: true,

  async send({ settings, destination, message, http, clock }) {
    const sender = SERVICE.test(settings.from) ? { MessagingServiceSid: settings.from } : { From: settings.from }
    const form = { To: destination.phone, ...sender, Body: smsText(message) }
    const call = { http, clock, url: messagesUrl(settings), request: { headers: authorization(settings), form }, ...reading(settings) }
    const response = await callVendor(call)
    const body = response.json()
    // A message can fail as it is made: the answer is a success all the same.
    const failed = member(body, 'status') === 'failed' || member(body, 'status') === 'undelivered'
    if (failed) throw vendorError(call, response, meaningOf(member(body, 'error_code'), member(body, 'error_message')))
    const id = member(body, 'sid')
    return typeof id === 'string' ? { externalId: id } : {}
  },

  // Reads a page of one message: every SMS costs money, and API keys cannot read the account itself.
  async verify({ settings, http, clock }) {
    const request = { method: 'GET' as const, headers: authorization(settings) }
    await callVendor({ http, clock, url: `${messagesUrl(settings)}?PageSize=1`, request, ...reading(settings) })
  },

  check: ({ settings: given }) => urlProblems('/settings/apiUrl', given?.apiUrl),

  sameAddress: ({ phone }) => phone,

  apprise: {
    schemes: ['twilio'],
    identity: 'both',
    reads: ['to', 'apikey', 'method'],
    parse({ user, password, host, path, query }) {
      if (user === undefined || password === undefined) return 'A Twilio URL is twilio://sid:token@from/to'
      if (query.get('method') === 'call') return 'Calls are not supported, only messages'
      if (path.length > 1) return 'The URL names several numbers; paste one URL for each'
      const phone = phoneIn(path[0] ?? query.get('to'))
      if (phone === null) return 'The URL names no recipient number; write twilio://sid:token@from/to'
      const apiKeySid = query.get('apikey')
      const from = SERVICE.test(host) ? host : (phoneIn(host) ?? host)
      return { settings: { accountSid: user, authToken: password, ...(apiKeySid === undefined ? {} : { apiKeySid }), from }, destination: { phone } }
    },
  },
})

const messagesUrl = ({ apiUrl = 'https://api.twilio.com', accountSid }: Settings): string => below(apiUrl, `/2010-04-01/Accounts/${accountSid}/Messages.json`)

const authorization = ({ accountSid, apiKeySid = accountSid, authToken }: Settings): Record<string, string> => ({
  authorization: basic(apiKeySid, authToken),
})

const reading = ({ authToken }: Settings) => ({ secrets: [authToken], read: verdict })

/** Codes that are more specific than the status (https://www.twilio.com/docs/api/errors). */
const SENDER: Verdict = { failure: 'misconfigured', about: 'sender', field: '/settings/from' }
const ACCOUNT: Verdict = { failure: 'misconfigured', about: 'account' }
const NUMBER: Verdict = { failure: 'unreachable', about: 'recipient' }
const BY_CODE: Record<number, Verdict> = {
  20003: ACCOUNT,
  20005: ACCOUNT, // not active
  20429: { failure: 'temporary', about: 'limit', throttled: 'target' },
  14107: { failure: 'temporary', about: 'limit', throttled: 'target', retryAfterMs: MINUTE }, // rate of the account
  21211: NUMBER, // not a phone number
  21266: { failure: 'rejected', about: 'recipient' }, // the sender itself
  21212: SENDER, // not a phone number
  21408: { failure: 'misconfigured', about: 'account', scope: 'message' }, // country not enabled
  21603: SENDER, // missing
  21606: SENDER, // not permitted
  21608: { failure: 'misconfigured', about: 'account', scope: 'message' }, // trial accounts reach verified numbers only
  21610: NUMBER, // opted out with STOP
  21611: { failure: 'temporary', about: 'limit', throttled: 'target', retryAfterMs: MINUTE }, // the queue of the sender is full
  21612: { failure: 'rejected', about: 'recipient' }, // no route to this number
  21614: NUMBER, // not a mobile number
  21635: NUMBER, // a landline
  21617: { failure: 'rejected', about: 'message' }, // too long
  21659: SENDER, // not a number of the account
  21660: SENDER, // of another account
  21703: SENDER, // messaging service without numbers
  21705: SENDER, // messaging service unknown
  30001: { failure: 'temporary', about: 'limit', throttled: 'target', retryAfterMs: MINUTE }, // queue overflow
  30002: ACCOUNT, // suspended
  30003: { failure: 'temporary', scope: 'message', about: 'recipient' }, // handset off
  30004: { failure: 'rejected', about: 'recipient' }, // blocked
  30005: NUMBER, // unknown
  30006: NUMBER, // landline
  30034: SENDER, // not registered (A2P 10DLC)
  63018: { failure: 'temporary', about: 'limit', throttled: 'target', retryAfterMs: MINUTE }, // rate of the channel
  63038: { failure: 'temporary', about: 'limit', throttled: 'target', retryAfterMs: 4 * HOUR }, // daily limit of the account
  90010: ACCOUNT, // not active
}

const meaningOf = (code: unknown, said: unknown): Verdict => (typeof code === 'number' ? { said, code: `twilio_${code}`, ...BY_CODE[code] } : { said })

/** `{"code","message","more_info","status"}` */
function verdict(response: HttpResponse): Verdict {
  const body = response.json()
  return meaningOf(member(body, 'code'), member(body, 'message'))
}
