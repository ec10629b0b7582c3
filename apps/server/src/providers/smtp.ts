import { domainToASCII } from 'node:url'
import addressparser from 'nodemailer/lib/addressparser'
import { type Static, Type } from 'typebox'
import type { Priority } from '../domain/event-type.ts'
import { HOUR, MINUTE } from '../domain/time.ts'
import { DeliveryError } from './delivery-error.ts'
import { email, oneOf, secret, text } from './fields.ts'
import { defineProvider, type Http } from './provider.ts'
import { smtpError } from './smtp-errors.ts'
import { createSmtpPool, SmtpFailure, type SmtpPool } from './smtp-pool.ts'
import { oneLine, truncate } from './truncate.ts'

const settings = Type.Object({
  host: text({ title: 'Server', description: 'For example smtp.example.com', maxLength: 253 }),
  port: Type.Integer({ title: 'Port', minimum: 1, maximum: 65_535, default: 587 }),
  security: oneOf(['none', 'starttls', 'tls'], {
    title: 'Encryption',
    description: 'starttls on port 587, tls on port 465. With none everything, the password too, travels in clear text.',
    default: 'starttls',
  }),
  username: Type.Optional(text({ title: 'User name' })),
  password: Type.Optional(secret({ title: 'Password' })),
  from: text({ title: 'Sender', description: 'An address, or a name and an address: Example <hello@example.com>', maxLength: 320 }),
  replyTo: Type.Optional(email({ title: 'Answers go to', 'x-advanced': true })),
  helloName: Type.Optional(text({ title: 'Name in EHLO', pattern: '^[A-Za-z0-9.:\\[\\]-]{1,253}$', 'x-advanced': true })),
  connections: Type.Optional(Type.Integer({ title: 'Connections at once', minimum: 1, maximum: 50, default: 5, 'x-advanced': true })),
  allowInvalidCertificate: Type.Optional(
    Type.Boolean({ title: 'Accept any certificate', description: 'Anybody on the way can then read the mail.', default: false, 'x-advanced': true }),
  ),
})
type Settings = Static<typeof settings>

/** E-mail through any SMTP server (RFC 5321). The one provider with sockets of its own; the outbound guard chooses their address. */
export const smtp = defineProvider({
  id: 'smtp',
  name: 'SMTP',
  channel: 'email',
  docs: 'https://nodemailer.com/smtp/',
  settings,
  destination: Type.Object({
    address: email({ title: 'E-mail address' }),
    name: Type.Optional(text({ title: 'Name', maxLength: 128 })),
  }),
  capabilities: {
    format: 'html',
    title: 400,
    concurrency: 5,
    target: 'connection',
    // Greylisting wants at least five minutes before the second attempt.
    retries: [5 * MINUTE, 10 * MINUTE, 30 * MINUTE, HOUR, 3 * HOUR, 7 * HOUR, 12 * HOUR],
  },

  async send({ settings, destination, message, delivery, http }) {
    const from = senderOf(settings.from)
    const to = destination.address
    if (!from) throw new DeliveryError('misconfigured', 'The sender of the SMTP connection is not one mail address', { code: 'settings' })
    if (!isPlainAddress(to)) throw new DeliveryError('unreachable', 'This is not one mail address', { code: 'destination' })
    const html = message.html ?? message.body
    const mail = {
      from,
      to: { name: oneLine(destination.name ?? ''), address: to },
      ...(settings.replyTo === undefined ? {} : { replyTo: settings.replyTo }),
      envelope: { from: from.address, to: [to] },
      subject: truncate(oneLine(message.title), 400),
      text: message.text,
      ...(html === '' ? {} : { html }),
      // The same on every attempt, so a mail that was accepted twice is shown once by clients that look.
      messageId: `<${delivery.id}@${domainOf(from.address)}>`,
      date: new Date(delivery.createdAt),
      priority: PRIORITY[message.priority],
      headers: { 'Auto-Submitted': 'auto-generated' },
    }
    try {
      const { response, accepted } = await poolOf(settings, http).send(mail)
      if (accepted.length !== 1) throw new DeliveryError('rejected', `${whereOf(settings)} accepted another envelope than ours`, { code: 'envelope' })
      return { externalId: mail.messageId, note: truncate(oneLine(response), 200) }
    } catch (error) {
      throw error instanceof SmtpFailure ? smtpError(error.error, whereOf(settings), error.sent) : error
    }
  },

  async verify({ settings, http }) {
    const pool = createSmtpPool(settings, http)
    try {
      await pool.verify()
    } catch (error) {
      throw smtpError(error, whereOf(settings), false)
    } finally {
      pool.close()
    }
  },

  check({ settings: given, destination }) {
    const problems: { pointer: string; message: string }[] = []
    if (given && !senderOf(given.from)) problems.push({ pointer: '/settings/from', message: 'must be one address, such as Example <hello@example.com>' })
    if (given && /[\s/@]|:\/\//.test(given.host))
      problems.push({ pointer: '/settings/host', message: 'must be a host name or an address, without a scheme or port' })
    if (given?.password !== undefined && given.username === undefined) problems.push({ pointer: '/settings/username', message: 'is needed with a password' })
    if (destination && !isPlainAddress(destination.address)) problems.push({ pointer: '/destination/address', message: 'must be one mail address' })
    return problems
  },

  // Case in the local part is meaningful in theory only (RFC 5321 2.4); in practice two spellings are one person told twice.
  sameAddress: ({ address }) => `${address.slice(0, address.lastIndexOf('@')).toLowerCase()}@${domainOf(address)}`,

  dispose(settings) {
    pools.get(settings)?.close()
    pools.delete(settings)
  },
})

const PRIORITY: Record<Priority, 'low' | 'normal' | 'high'> = { low: 'low', medium: 'normal', high: 'high', urgent: 'high' }

const pools = new WeakMap<object, SmtpPool>()

function poolOf(settings: Settings, http: Http): SmtpPool {
  let pool = pools.get(settings)
  if (!pool) {
    pool = createSmtpPool(settings, http)
    pools.set(settings, pool)
  }
  return pool
}

const whereOf = ({ host, port }: Settings): string => `${host}:${port}`
const domainOf = (address: string): string => domainToASCII(address.slice(address.lastIndexOf('@') + 1)).toLowerCase()

/** One mailbox and nothing that a mail library could read as two, or as a command. */
const isPlainAddress = (address: string): boolean =>
  /^[^\s\u0000-\u001f\u007f<>()[\]\\,;:"@]+@[^\s\u0000-\u001f\u007f<>()\\,;"@]+$/.test(address) && address.length <= 254

function senderOf(from: string): { name: string; address: string } | null {
  const [sender, ...others] = addressparser(from, { flatten: true })
  return sender && others.length === 0 && isPlainAddress(sender.address) ? { name: oneLine(sender.name), address: sender.address } : null
}
