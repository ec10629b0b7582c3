import { type Static, Type } from 'typebox'
import type { DeliveryFailure } from '../domain/delivery.ts'
import { DAY, HOUR, SECOND } from '../domain/time.ts'
import type { HttpResponse } from './kit/contract.ts'
import { defineProvider } from './kit/define-provider.ts'
import { secret, url } from './kit/fields.ts'
import { blame } from './kit/http-errors.ts'
import {
  appriseMail,
  contentOf,
  headersOf,
  mailboxText,
  mailProblems,
  personalMail,
  recipientsOf,
  sameMail,
  senderAdvice,
  senderFor,
  senderSettings,
  sharedMail,
  withVisibleRecipient,
} from './kit/mail.ts'
import { entryOf, member } from './kit/receipt.ts'
import { below, urlProblems } from './kit/urls.ts'
import { callVendor, type Verdict, vendorError } from './kit/vendor-api.ts'

const settings = Type.Object({
  apiKey: secret({
    title: 'API key',
    description: 'With sending access; begins with re_',
    'x-link': { label: 'Resend: API keys', url: 'https://resend.com/api-keys' },
  }),
  ...senderSettings,
  apiUrl: Type.Optional(url({ title: 'API address', description: 'For a proxy in place of https://api.resend.com.', 'x-advanced': true })),
})
type Settings = Static<typeof settings>

/** Maximum of recipients of one message. */
const MOST = 50

/**
 * E-mail through Resend. Written from the documentation and unverified. The delivery's id is the idempotency key, which Resend stores for a
 * day, so a repeated attempt sends no second mail. The receipt's id is Resend's own.
 */
export const resend = defineProvider({
  id: 'resend',
  name: 'Resend',
  channel: 'email',
  docs: 'https://resend.com/docs/api-reference/emails/send-email',
  settings,
  destination: personalMail,
  sharedDestination: sharedMail,
  capabilities: { format: 'html', title: 400, target: 'connection', rate: { count: 2, perMs: SECOND } },
  preview: true,

  async send({ settings, destination, message, delivery, http, clock }) {
    const sender = senderFor('Resend', settings.from)
    const { to, cc, bcc } = withVisibleRecipient(recipientsOf(destination), sender)
    const json = {
      from: mailboxText(sender),
      to: to.map(mailboxText),
      cc: cc.length === 0 ? undefined : cc.map(mailboxText),
      bcc: bcc.length === 0 ? undefined : bcc.map(mailboxText),
      reply_to: settings.replyTo,
      ...contentOf(message),
      headers: headersOf(message),
      // Returned by their webhooks, to identify the delivery.
      tags: [{ name: 'delivery', value: delivery.id }],
    }
    const headers = { ...authorization(settings), 'idempotency-key': delivery.id }
    const request = { headers, json }
    const response = await callVendor({ http, clock, url: addressOf(settings, '/emails'), request, secrets: [settings.apiKey], read: verdict })
    const id = member(response.json(), 'id')
    return typeof id === 'string' ? { externalId: id } : {}
  },

  // A sending-only key is refused the list of domains with its own error name: such a key is valid.
  async verify({ settings, http, clock }) {
    const url = addressOf(settings, '/domains')
    const response = await http.request(url, { method: 'GET', headers: authorization(settings), accept: 'all' }).catch(blame)
    if (response.status > 299 && member(response.json(), 'name') !== 'restricted_api_key')
      throw vendorError({ clock, url, secrets: [settings.apiKey] }, response, verdict(response))
  },

  check: ({ settings: given, destination }) => [
    ...urlProblems('/settings/apiUrl', given?.apiUrl),
    ...mailProblems({ ...(given && { settings: given }), ...(destination && { destination }) }, MOST),
  ],
  advise: senderAdvice,
  sameAddress: sameMail,

  apprise: {
    schemes: ['resend'],
    identity: 'both',
    reads: ['to', 'cc', 'bcc'],
    parse(url) {
      const { user, password, host, path } = url
      if (user === undefined || password === undefined) return 'must look like resend://key:from@domain/address'
      const from = `${password}@${host}`
      const destination = appriseMail(path.length > 0 || url.query.has('to') ? path : [from], url)
      return typeof destination === 'string' ? destination : { settings: { apiKey: user, from }, destination }
    },
  },
})

const addressOf = ({ apiUrl }: Settings, path: string): string => below(apiUrl ?? 'https://api.resend.com', path)
const authorization = ({ apiKey }: Settings): Record<string, string> => ({ authorization: `Bearer ${apiKey}` })

/** Error names that are more specific than the status (https://resend.com/docs/api-reference/errors). */
const BY_NAME: Record<string, DeliveryFailure> = {
  concurrent_idempotent_requests: 'temporary', // the previous attempt is still in progress
  daily_quota_exceeded: 'temporary',
  monthly_quota_exceeded: 'temporary',
  missing_api_key: 'misconfigured',
  invalid_api_key: 'misconfigured',
  invalid_from_address: 'misconfigured',
}

const ABOUT: Record<string, Verdict> = {
  // Not a failure of the vendor: this mail is still in progress.
  concurrent_idempotent_requests: { scope: 'message' },
  invalid_from_address: { about: 'sender', field: '/settings/from' },
  daily_quota_exceeded: { about: 'limit', throttled: 'target', retryAfterMs: 4 * HOUR },
  monthly_quota_exceeded: { about: 'limit', throttled: 'target', retryAfterMs: DAY },
}

/** `validation_error` is said of everything. */
const VALIDATION: readonly [words: RegExp, verdict: Verdict][] = [
  [/domain is not verified|`?from`? field|verify a domain/i, { failure: 'misconfigured', about: 'sender', field: '/settings/from' }],
  // Without a domain of its own an account reaches only its owner.
  [/only send testing emails/i, { failure: 'misconfigured', about: 'account', scope: 'message' }],
  [/`?(to|cc|bcc)`? field/i, { about: 'recipient' }],
]

/** `{"statusCode","name","message"}` */
function verdict(response: HttpResponse): Verdict {
  const body = response.json()
  const [name, said] = [member(body, 'name'), member(body, 'message')]
  if (typeof name !== 'string' || !/^[a-z_]{1,64}$/.test(name)) return { said }
  const validation = name === 'validation_error' && typeof said === 'string' ? VALIDATION.find(([words]) => words.test(said))?.[1] : undefined
  return { said, code: `resend_${name}`, failure: entryOf(BY_NAME, name), ...entryOf(ABOUT, name), ...validation }
}
