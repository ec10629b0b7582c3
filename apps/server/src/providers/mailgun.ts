import { type Static, Type } from 'typebox'
import { basic } from './kit/basic.ts'
import type { HttpResponse } from './kit/contract.ts'
import { defineProvider } from './kit/define-provider.ts'
import { oneOf, secret, text, url } from './kit/fields.ts'
import { clampWait } from './kit/http-errors.ts'
import { accountLimit } from './kit/limit-words.ts'
import {
  appriseMail,
  contentOf,
  headersOf,
  mailboxText,
  mailProblems,
  messageIdOf,
  personalMail,
  recipientsOf,
  sameMail,
  senderAdvice,
  senderFor,
  senderSettings,
  sharedMail,
  withVisibleRecipient,
} from './kit/mail.ts'
import { member } from './kit/receipt.ts'
import { plainWords } from './kit/said.ts'
import { below, urlProblems } from './kit/urls.ts'
import { callVendor, type Verdict } from './kit/vendor-api.ts'

const settings = Type.Object({
  apiKey: secret({
    title: 'API key',
    description: 'The private key of the account, or a sending key of the domain.',
    'x-link': { label: 'Mailgun: API keys', url: 'https://app.mailgun.com/settings/api_security' },
  }),
  domain: text({ title: 'Sending domain', examples: ['mg.example.com'], pattern: '^[A-Za-z0-9.-]{1,253}$' }),
  region: oneOf(
    { us: 'United States', eu: 'European Union' },
    { title: 'Region', description: 'Where the domain was created; the other region does not have it.', default: 'us' },
  ),
  ...senderSettings,
  apiUrl: Type.Optional(url({ title: 'API address', description: 'For a proxy in place of the region’s address.', 'x-advanced': true })),
})
type Settings = Static<typeof settings>

/** Maximum of recipients of one message, over to, cc and bcc. */
const MOST = 1000

/** E-mail through Mailgun's HTTP API, US or EU. One message as form fields; the receipt's id is Mailgun's own. */
export const mailgun = defineProvider({
  id: 'mailgun',
  name: 'Mailgun',
  channel: 'email',
  docs: 'https://documentation.mailgun.com/docs/mailgun/api-reference/send/mailgun/messages',
  settings,
  destination: personalMail,
  sharedDestination: sharedMail,
  capabilities: { format: 'html', title: 400, target: 'connection' },

  async send({ settings, destination, message, delivery, http, clock }) {
    const sender = senderFor('Mailgun', settings.from)
    const { to, cc, bcc } = withVisibleRecipient(recipientsOf(destination), sender)
    const { subject, text, html } = contentOf(message)
    const form = new URLSearchParams({ from: mailboxText(sender) })
    for (const mailbox of to) form.append('to', mailboxText(mailbox))
    for (const mailbox of cc) form.append('cc', mailboxText(mailbox))
    for (const mailbox of bcc) form.append('bcc', mailboxText(mailbox))
    form.append('subject', subject)
    form.append('text', text)
    if (html !== undefined) form.append('html', html)
    if (settings.replyTo !== undefined) form.append('h:Reply-To', settings.replyTo)
    form.append('h:Message-Id', messageIdOf(delivery.id, sender))
    for (const [name, value] of Object.entries(headersOf(message))) form.append(`h:${name}`, value)
    // Returned by their webhooks, to identify the delivery.
    form.append('v:delivery', delivery.id)
    const request = { headers: headers(settings), body: form.toString() }
    const response = await callVendor({ http, clock, url: messagesUrl(settings), request, secrets: [settings.apiKey], read: (no) => verdict(no, clock()) })
    const id = member(response.json(), 'id')
    return typeof id === 'string' ? { externalId: id } : {}
  },

  // A sending key permits nothing else, so the test is a message in test mode, which Mailgun accepts and discards.
  async verify({ settings, http, clock }) {
    const { from } = settings
    const body = new URLSearchParams({ from, to: mailboxText(senderFor('Mailgun', from)), subject: 'Test', text: 'Test', 'o:testmode': 'yes' }).toString()
    await callVendor({
      http,
      clock,
      url: messagesUrl(settings),
      request: { headers: headers(settings), body },
      secrets: [settings.apiKey],
      read: (no) => verdict(no, clock()),
    })
  },

  check: ({ settings: given, destination }) => [
    ...urlProblems('/settings/apiUrl', given?.apiUrl),
    ...mailProblems({ ...(given && { settings: given }), ...(destination && { destination }) }, MOST),
  ],
  advise: senderAdvice,
  sameAddress: sameMail,

  apprise: {
    schemes: ['mailgun'],
    identity: 'user',
    reads: ['to', 'cc', 'bcc', 'from', 'name', 'region'],
    off: ['batch'],
    parse(url) {
      const [apiKey, ...targets] = url.path
      if (url.user === undefined || apiKey === undefined) return 'must look like mailgun://user@domain/key/address'
      const address = `${url.user}@${url.host}`
      const destination = appriseMail(targets, url)
      if (typeof destination === 'string') return destination
      const [given, name] = [url.query.get('from'), url.query.get('name')]
      const from = given?.includes('@') ? given : mailboxText({ name: given ?? name ?? '', address })
      return { settings: { apiKey, domain: url.host, region: url.query.get('region') === 'eu' ? 'eu' : 'us', from }, destination }
    },
  },
})

const messagesUrl = ({ region, domain, apiUrl }: Settings): string =>
  below(apiUrl ?? (region === 'eu' ? 'https://api.eu.mailgun.net' : 'https://api.mailgun.net'), `/v3/${domain}/messages`)

const headers = ({ apiKey }: Settings): Record<string, string> => ({
  authorization: basic('api', apiKey),
  'content-type': 'application/x-www-form-urlencoded',
})

/** `{"message"}`, or plain text with a 401. The reset of a 429 is in Unix milliseconds. */
function verdict(response: HttpResponse, now: number): Verdict {
  const said = member(response.json(), 'message') ?? plainWords(response)
  const limit = response.status === 403 || response.status === 420 ? accountLimit(said) : null
  if (limit !== null) return limit
  const ofSender = typeof said === 'string' && response.status === 400 && /'from' parameter/.test(said)
  if (ofSender) return { said, about: 'sender', failure: 'misconfigured', field: '/settings/from' }
  const ofRecipient = typeof said === 'string' && response.status === 400 && /'(to|cc|bcc)' parameter/.test(said)
  const ofDomain = typeof said === 'string' && response.status === 403 && /dns|not verified|domain .{0,100} not allowed/i.test(said)
  const reset = Number(response.headers['x-ratelimit-reset'])
  return {
    said,
    // 402 means unpaid. A sandbox domain refuses unauthorised recipients, which is not a fault of the connection.
    failure: response.status === 402 || isSandbox(said) ? 'misconfigured' : undefined,
    scope: isSandbox(said) ? 'message' : undefined,
    // The domain is misspelt, or was created in the other region.
    field: response.status === 404 || ofDomain ? '/settings/domain' : undefined,
    about: ofRecipient ? 'recipient' : ofDomain ? 'sender' : undefined,
    retryAfterMs: Number.isFinite(reset) ? clampWait(reset - now) : undefined,
  }
}

const isSandbox = (said: unknown): boolean => typeof said === 'string' && /authorized recipient/i.test(said)
