import { type Static, Type } from 'typebox'
import { DAY, type Millis, SECOND } from '../domain/time.ts'
import type { HttpResponse } from './kit/contract.ts'
import { defineProvider } from './kit/define-provider.ts'
import { oneOf, secret, url } from './kit/fields.ts'
import { clampWait } from './kit/http-errors.ts'
import {
  appriseMail,
  asciiAddress,
  asciiOnly,
  contentOf,
  headersOf,
  type Mailbox,
  mailProblems,
  messageIdOf,
  personalMail,
  recipientsOf,
  sameMail,
  senderAdvice,
  senderFor,
  senderOf,
  senderSettings,
  sharedMail,
  withVisibleRecipient,
} from './kit/mail.ts'
import { member } from './kit/receipt.ts'
import { below, urlProblems } from './kit/urls.ts'
import { callVendor, type Verdict } from './kit/vendor-api.ts'

const settings = Type.Object({
  apiKey: secret({
    title: 'API key',
    description: 'With the permission to send mail; begins with SG.',
    'x-link': { label: 'SendGrid: API keys', url: 'https://app.sendgrid.com/settings/api_keys' },
  }),
  region: Type.Optional(oneOf({ global: 'Global', eu: 'European Union' }, { title: 'Region', default: 'global', 'x-advanced': true })),
  ...senderSettings,
  apiUrl: Type.Optional(url({ title: 'API address', description: 'For a proxy in place of https://api.sendgrid.com.', 'x-advanced': true })),
})
type Settings = Static<typeof settings>

/** Maximum of recipients of one request. */
const MOST = 1000

/**
 * E-mail through SendGrid's `mail/send`. Unverified: the EU address, that our `Message-ID` is kept, and that an exhausted quota is a 401.
 * The receipt's id is the response header `X-Message-Id`.
 */
export const sendgrid = defineProvider({
  id: 'sendgrid',
  name: 'SendGrid',
  channel: 'email',
  docs: 'https://www.twilio.com/docs/sendgrid/api-reference/mail-send/mail-send',
  settings,
  destination: personalMail,
  sharedDestination: sharedMail,
  capabilities: { format: 'html', title: 400, target: 'connection' },
  preview: true,

  async send({ settings, destination, message, delivery, http, clock }) {
    const sender = senderFor('SendGrid', settings.from)
    const { to, cc, bcc } = withVisibleRecipient(asciiOnly('SendGrid', sender, recipientsOf(destination)), sender)
    const { subject, text, html } = contentOf(message)
    const json = {
      personalizations: [{ to: to.map(person), ...(cc.length === 0 ? {} : { cc: cc.map(person) }), ...(bcc.length === 0 ? {} : { bcc: bcc.map(person) }) }],
      from: person(sender),
      ...(settings.replyTo === undefined ? {} : { reply_to: { email: settings.replyTo } }),
      subject,
      content: [{ type: 'text/plain', value: text }, ...(html === undefined ? [] : [{ type: 'text/html', value: html }])],
      headers: { 'Message-ID': messageIdOf(delivery.id, sender), ...headersOf(message) },
      // Returned by their event webhook, to identify the delivery.
      custom_args: { delivery: delivery.id },
    }
    const response = await callVendor({ http, clock, ...call(settings, json), read: (no) => verdict(no, clock()) })
    const id = response.headers['x-message-id']
    return id === undefined ? {} : { externalId: id }
  },

  // Sandbox mode validates the whole request and the key, and sends nothing.
  async verify({ settings, http, clock }) {
    const sender = person(senderFor('SendGrid', settings.from))
    const content = [{ type: 'text/plain', value: 'Test' }]
    const json = { personalizations: [{ to: [sender] }], from: sender, subject: 'Test', content, mail_settings: { sandbox_mode: { enable: true } } }
    await callVendor({ http, clock, ...call(settings, json), read: (no) => verdict(no, clock()) })
  },

  check({ settings: given, destination }) {
    const problems = [
      ...urlProblems('/settings/apiUrl', given?.apiUrl),
      ...mailProblems({ ...(given && { settings: given }), ...(destination && { destination }) }, MOST),
    ]
    const sender = given && senderOf(given.from)
    if (sender && !/^[\u0000-\u007f]*$/.test(asciiAddress(sender.address)))
      problems.push({ pointer: '/settings/from', message: 'must be an ASCII address for SendGrid' })
    return problems
  },
  advise: senderAdvice,
  sameAddress: sameMail,

  apprise: {
    schemes: ['sendgrid'],
    identity: 'both',
    reads: ['to', 'cc', 'bcc'],
    parse(url) {
      const { user, password, host, path } = url
      if (user === undefined || password === undefined) return 'must look like sendgrid://key:from@domain/address'
      const from = `${password}@${host}`
      const destination = appriseMail(path.length > 0 || url.query.has('to') ? path : [from], url)
      return typeof destination === 'string' ? destination : { settings: { apiKey: user, from }, destination }
    },
  },
})

/** SendGrid refuses a display name with these characters. */
const person = ({ name, address }: Mailbox): { email: string; name?: string } => {
  const plain = name.replace(/[;,]+/g, ' ').trim()
  return { email: asciiAddress(address), ...(plain === '' ? {} : { name: plain }) }
}

const call = ({ apiUrl, region, apiKey }: Settings, json: object) => ({
  url: below(apiUrl ?? (region === 'eu' ? 'https://api.eu.sendgrid.com' : 'https://api.sendgrid.com'), '/v3/mail/send'),
  request: { headers: { authorization: `Bearer ${apiKey}` }, json },
  secrets: [apiKey],
})

/** `{"errors":[{"message","field","help"}]}`. The reset of a 429 is in Unix seconds, and often missing. */
function verdict(response: HttpResponse, now: Millis): Verdict {
  const errors = member(response.json(), 'errors')
  const first: unknown = Array.isArray(errors) ? errors[0] : undefined
  const [said, field] = [member(first, 'message'), member(first, 'field')]
  // The daily or monthly credits are used up: the key is valid.
  if (response.status === 401 && typeof said === 'string' && /credits exceeded/i.test(said))
    return { said, failure: 'temporary', throttled: 'target', retryAfterMs: DAY - (now % DAY) }
  // `from.email`, `personalizations.0.to.0.email`: the part of the request that is wrong.
  if (response.status === 400 && typeof field === 'string') {
    if (field.startsWith('from')) return { said, about: 'sender', failure: 'misconfigured', field: '/settings/from' }
    if (/^personalizations.*\b(to|cc|bcc)\b/.test(field)) return { said, about: 'recipient' }
  }
  const reset = Number(response.headers['x-ratelimit-reset'])
  const sender = response.status === 403 && typeof said === 'string' && /sender identity/i.test(said)
  return {
    said,
    ...(sender ? { about: 'sender', field: '/settings/from' } : {}),
    retryAfterMs: Number.isFinite(reset) ? clampWait(reset * SECOND - now) : undefined,
  }
}
