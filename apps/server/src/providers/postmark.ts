import { type Static, Type } from 'typebox'
import type { HttpResponse } from './kit/contract.ts'
import { defineProvider } from './kit/define-provider.ts'
import { secret, text, url } from './kit/fields.ts'
import { blame } from './kit/http-errors.ts'
import {
  asciiOnly,
  contentOf,
  headersOf,
  type Mailbox,
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
import { oneLine, truncate } from './kit/truncate.ts'
import { below, urlProblems } from './kit/urls.ts'
import { callVendor, type Verdict, vendorError } from './kit/vendor-api.ts'

const settings = Type.Object({
  serverToken: secret({
    title: 'Server token',
    description: 'Servers > API tokens.',
    'x-link': { label: 'Postmark: servers', url: 'https://account.postmarkapp.com/servers' },
  }),
  messageStream: Type.Optional(text({ title: 'Message stream', default: 'outbound', maxLength: 64, 'x-advanced': true })),
  ...senderSettings,
  apiUrl: Type.Optional(url({ title: 'API address', description: 'For a proxy in place of https://api.postmarkapp.com.', 'x-advanced': true })),
})
type Settings = Static<typeof settings>

/** Maximum of recipients of one message, over To, Cc and Bcc. */
const MOST = 50

/** E-mail through Postmark. Written from the documentation and unverified. The receipt's id is Postmark's `MessageID`. */
export const postmark = defineProvider({
  id: 'postmark',
  name: 'Postmark',
  channel: 'email',
  docs: 'https://postmarkapp.com/developer/api/email-api',
  settings,
  destination: personalMail,
  sharedDestination: sharedMail,
  capabilities: { format: 'html', title: 400, target: 'connection' },
  preview: true,

  async send({ settings, destination, message, delivery, http, clock }) {
    const sender = senderFor('Postmark', settings.from)
    const { to, cc, bcc } = withVisibleRecipient(asciiOnly('Postmark', sender, recipientsOf(destination)), sender)
    const { subject, text, html } = contentOf(message)
    // Without the second header Postmark replaces our Message-ID.
    const headers = { 'Message-ID': messageIdOf(delivery.id, sender), 'X-PM-KeepID': 'true', ...headersOf(message) }
    const json = {
      From: mailboxText(sender),
      To: listed(to),
      Cc: listed(cc),
      Bcc: listed(bcc),
      ReplyTo: settings.replyTo,
      Subject: subject,
      TextBody: text,
      HtmlBody: html,
      MessageStream: settings.messageStream ?? 'outbound',
      Headers: Object.entries(headers).map(([Name, Value]) => ({ Name, Value })),
      // Returned by their webhooks, to identify the delivery.
      Metadata: { delivery: delivery.id },
    }
    const api = {
      http,
      clock,
      url: addressOf(settings, '/email'),
      request: { headers: headersFor(settings), json },
      secrets: [settings.serverToken],
      read: verdict,
    }
    const response = await callVendor(api)
    const body = response.json()
    const code = member(body, 'ErrorCode')
    if (typeof code === 'number' && code !== 0) throw vendorError(api, response, verdict(response))
    const [id, said] = [member(body, 'MessageID'), member(body, 'Message')]
    return {
      ...(typeof id === 'string' ? { externalId: id } : {}),
      // Accepted for some recipients: the message lists the inactive addresses that are left out.
      ...(typeof said === 'string' && /inactive/i.test(said) ? { note: truncate(oneLine(said), 1000) } : {}),
    }
  },

  async verify({ settings, http }) {
    await http.request(addressOf(settings, '/server'), { method: 'GET', headers: headersFor(settings) }).catch(blame)
  },

  check: ({ settings: given, destination }) => [
    ...urlProblems('/settings/apiUrl', given?.apiUrl),
    ...mailProblems({ ...(given && { settings: given }), ...(destination && { destination }) }, MOST),
  ],
  advise: senderAdvice,
  sameAddress: sameMail,
})

const addressOf = ({ apiUrl }: Settings, path: string): string => below(apiUrl ?? 'https://api.postmarkapp.com', path)
const headersFor = ({ serverToken }: Settings): Record<string, string> => ({ 'x-postmark-server-token': serverToken, accept: 'application/json' })
const listed = (mailboxes: Mailbox[]): string | undefined => (mailboxes.length === 0 ? undefined : mailboxes.map(mailboxText).join(', '))

/** https://postmarkapp.com/developer/api/overview#error-codes */
const BY_CODE: Record<number, Verdict | undefined> = {
  10: { failure: 'misconfigured', about: 'account' }, // unknown token
  100: { failure: 'temporary' }, // maintenance
  300: { failure: 'rejected' },
  400: { failure: 'misconfigured', about: 'sender', field: '/settings/from' }, // unknown sender
  401: { failure: 'misconfigured', about: 'sender', field: '/settings/from' }, // unconfirmed sender
  405: { failure: 'misconfigured', about: 'account' }, // no credits
  406: { failure: 'unreachable', about: 'recipient' }, // it bounced or complained before
  412: { failure: 'misconfigured', about: 'account' }, // the account is not approved yet: only its own domain
  413: { failure: 'misconfigured', about: 'account' }, // the account may not send
  1235: { failure: 'misconfigured', about: 'connection', field: '/settings/messageStream' }, // unknown stream
  1236: { failure: 'misconfigured', about: 'connection', field: '/settings/messageStream' }, // archived stream
}

function verdict(response: HttpResponse): Verdict {
  const body = response.json()
  const code = member(body, 'ErrorCode')
  if (typeof code !== 'number' || code === 0) return {}
  const said = member(body, 'Message')
  // 300 is any invalid request; only its words say which part.
  const ofSender = code === 300 && typeof said === 'string' && /'?From'?\b/.test(said)
  const ofRecipient = code === 300 && typeof said === 'string' && /'?\b(To|Cc|Bcc)'?\b/.test(said)
  const about: Verdict = ofSender ? { failure: 'misconfigured', about: 'sender', field: '/settings/from' } : ofRecipient ? { about: 'recipient' } : {}
  return { said, code: `postmark_${code}`, ...BY_CODE[code], ...about }
}
