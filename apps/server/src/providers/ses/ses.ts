import { type Static, Type } from 'typebox'
import type { DeliveryFailure } from '../../domain/delivery.ts'
import type { Millis } from '../../domain/time.ts'
import type { HttpResponse } from '../kit/contract.ts'
import { defineProvider } from '../kit/define-provider.ts'
import { secret, text, url } from '../kit/fields.ts'
import { blame } from '../kit/http-errors.ts'
import { accountLimit } from '../kit/limit-words.ts'
import {
  appriseMail,
  asciiAddress,
  asciiOnly,
  contentOf,
  headersOf,
  type Mailbox,
  mailboxText,
  mailProblems,
  personalMail,
  recipientsOf,
  sameMail,
  senderAdvice,
  senderFor,
  senderOf,
  senderSettings,
  sharedMail,
} from '../kit/mail.ts'
import { entryOf, member } from '../kit/receipt.ts'
import { below, urlProblems } from '../kit/urls.ts'
import { callVendor, type Verdict, vendorError } from '../kit/vendor-api.ts'
import { signAws } from './aws-signature.ts'

const settings = Type.Object({
  region: text({ title: 'Region', examples: ['eu-central-1'], pattern: '^[a-z]{2}(-[a-z]+)+-\\d$', maxLength: 32 }),
  accessKeyId: text({ title: 'Access key id', examples: ['AKIAIOSFODNN7EXAMPLE'], pattern: '^[A-Za-z0-9]{16,128}$' }),
  secretAccessKey: secret({
    title: 'Secret access key',
    description: 'For a user with the permission ses:SendEmail.',
    'x-link': { label: 'AWS: access keys', url: 'https://docs.aws.amazon.com/IAM/latest/UserGuide/id_credentials_access-keys.html' },
  }),
  ...senderSettings,
  configurationSet: Type.Optional(
    text({ title: 'Configuration set', description: 'Its name: letters, digits, _ and -', pattern: '^[A-Za-z0-9_-]{1,64}$', 'x-advanced': true }),
  ),
  apiUrl: Type.Optional(url({ title: 'API address', description: 'For a proxy in place of the region’s address.', 'x-advanced': true })),
})
type Settings = Static<typeof settings>

/** Maximum of recipients of one message. */
const MOST = 50

/**
 * E-mail through Amazon SES, API v2, signed with Signature Version 4. Written from the documentation and unverified. SES sets the
 * Message-ID itself and has no idempotency; the receipt's id is its `MessageId`.
 */
export const ses = defineProvider({
  id: 'ses',
  name: 'Amazon SES',
  channel: 'email',
  docs: 'https://docs.aws.amazon.com/ses/latest/APIReference-V2/API_SendEmail.html',
  settings,
  destination: personalMail,
  sharedDestination: sharedMail,
  capabilities: { format: 'html', title: 400, target: 'connection' },
  preview: true,

  async send({ settings, destination, message, delivery, http, clock }) {
    const sender = senderFor('SES', settings.from)
    const { to, cc, bcc } = asciiOnly('Amazon SES', sender, recipientsOf(destination))
    const { subject, text, html } = contentOf(message)
    const body = JSON.stringify({
      FromEmailAddress: encodedMailbox(sender),
      Destination: { ToAddresses: listed(to), CcAddresses: listed(cc), BccAddresses: listed(bcc) },
      ReplyToAddresses: settings.replyTo === undefined ? undefined : [settings.replyTo],
      Content: {
        Simple: {
          Subject: content(subject),
          Body: { Text: content(text), Html: html === undefined ? undefined : content(html) },
          Headers: Object.entries(headersOf(message)).map(([Name, Value]) => ({ Name, Value })),
        },
      },
      // Returned by their notifications, to identify the delivery.
      EmailTags: [{ Name: 'delivery', Value: delivery.id }],
      ConfigurationSetName: settings.configurationSet,
    })
    const url = addressOf(settings, '/v2/email/outbound-emails')
    const request = { headers: signed(settings, 'POST', url, body, clock()), body }
    const response = await callVendor({ http, clock, url, request, secrets: [settings.secretAccessKey], read: (no) => verdict(no, settings.from) })
    const id = member(response.json(), 'MessageId')
    return typeof id === 'string' ? { externalId: id } : {}
  },

  // A sending-only user is denied the account, but only after the signature was verified.
  async verify({ settings, http, clock }) {
    const url = addressOf(settings, '/v2/email/account')
    const now = clock()
    const response = await http.request(url, { method: 'GET', headers: signed(settings, 'GET', url, '', now), accept: 'all' }).catch(blame)
    if (response.status > 299 && !typeOf(response).startsWith('AccessDenied'))
      throw vendorError({ clock: () => now, url, secrets: [settings.secretAccessKey] }, response, verdict(response))
  },

  check: ({ settings: given, destination }) => [
    ...urlProblems('/settings/apiUrl', given?.apiUrl),
    ...mailProblems({ ...(given && { settings: given }), ...(destination && { destination }) }, MOST),
  ],
  advise: senderAdvice,
  sameAddress: sameMail,

  apprise: {
    schemes: ['ses'],
    identity: 'user',
    reads: ['to', 'cc', 'bcc'],
    // A secret key may contain slashes, so everything between the key id and the region is the secret.
    parse(url) {
      const [accessKeyId, ...rest] = url.path
      const at = rest.findIndex((part) => /^[a-z]{2}(-[a-z]+)+-\d$/.test(part))
      if (url.user === undefined || accessKeyId === undefined || at < 1) return 'must look like ses://user@domain/key-id/secret/region/address'
      const from = `${url.user}@${url.host}`
      const targets = rest.slice(at + 1)
      const destination = appriseMail(targets.length > 0 || url.query.has('to') ? targets : [from], url)
      if (typeof destination === 'string') return destination
      return { settings: { accessKeyId, secretAccessKey: rest.slice(0, at).join('/'), region: rest[at], from }, destination }
    },
  },
})

const addressOf = ({ apiUrl, region }: Settings, path: string): string => below(apiUrl ?? `https://email.${region}.amazonaws.com`, path)

const signed = ({ region, accessKeyId, secretAccessKey }: Settings, method: string, url: string, body: string, now: Millis): Record<string, string> =>
  signAws({ method, url, headers: { 'content-type': 'application/json' }, body, region, service: 'ses', accessKeyId, secretAccessKey, now })

const content = (Data: string) => ({ Data, Charset: 'UTF-8' })
const listed = (mailboxes: Mailbox[]): string[] | undefined => (mailboxes.length === 0 ? undefined : mailboxes.map(encodedMailbox))

/** SES accepts non-ASCII names only as encoded words (RFC 2047), each at most 75 characters long. */
function encodedMailbox({ name, address }: Mailbox): string {
  if (/^[\u0020-\u007e]*$/.test(name)) return mailboxText({ name, address })
  const words: string[] = ['']
  for (const character of name) {
    const longer = words.at(-1) + character
    if (Buffer.byteLength(longer) > 45) words.push(character)
    else words[words.length - 1] = longer
  }
  const encoded = words.map((word) => `=?UTF-8?B?${Buffer.from(word).toString('base64')}?=`)
  return `${encoded.join(' ')} <${mailboxText({ name: '', address })}>`
}

/** https://docs.aws.amazon.com/ses/latest/APIReference-V2/API_SendEmail.html#API_SendEmail_Errors */
const BY_TYPE: Record<string, DeliveryFailure> = {
  MessageRejected: 'rejected',
  AccountSuspendedException: 'misconfigured',
  AccountSendingPausedException: 'misconfigured',
  ConfigurationSetSendingPausedException: 'misconfigured',
  ConfigurationSetDoesNotExistException: 'misconfigured',
  SendingPausedException: 'misconfigured',
  MailFromDomainNotVerifiedException: 'misconfigured',
  NotFoundException: 'misconfigured',
}

/** Rate limit or daily quota exceeded; SES gives no wait. */
const THROTTLED = new Set(['TooManyRequestsException', 'ThrottlingException', 'LimitExceededException'])

/** `TooManyRequestsException`, from the header or the body, possibly surrounded by a namespace or a URL. */
function typeOf(response: HttpResponse): string {
  const given = response.headers['x-amzn-errortype'] ?? member(response.json(), '__type')
  return typeof given === 'string' ? (/(?<![A-Za-z])([A-Za-z]+)(:|$)/.exec(given)?.[1] ?? '') : ''
}

/** `from`: the sender of the settings; absent = no mail was sent. */
function verdict(response: HttpResponse, from?: string): Verdict {
  const type = typeOf(response)
  const body = response.json()
  const said = member(body, 'message') ?? member(body, 'Message')
  // In the sandbox, and for unverified senders: both must be fixed in the account.
  if (type === 'MessageRejected' && typeof said === 'string' && /not verified/i.test(said)) {
    const address = from === undefined ? undefined : senderOf(from)?.address
    const ofSender = address !== undefined && said.toLowerCase().includes(asciiAddress(address).toLowerCase())
    return {
      ...{ said, code: `ses_${type}`, failure: 'misconfigured' },
      ...(ofSender ? { about: 'sender', field: '/settings/from' } : { about: 'account', scope: 'message' }),
    }
  }
  if (type === 'MessageRejected' && typeof said === 'string' && /(suspend|paus|disabl)/i.test(said))
    return { said, code: `ses_${type}`, about: 'account', failure: 'misconfigured' }
  if (THROTTLED.has(type)) return { ...(accountLimit(said) ?? { said, about: 'limit', failure: 'temporary', throttled: 'target' }), code: `ses_${type}` }
  return type === ''
    ? { said }
    : { said, code: `ses_${type}`, failure: entryOf(BY_TYPE, type), ...(type.startsWith('MailFromDomain') ? { field: '/settings/from' } : {}) }
}
