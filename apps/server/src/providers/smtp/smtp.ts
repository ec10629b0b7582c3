import { type Static, Type } from 'typebox'
import { HOUR, MINUTE } from '../../domain/time.ts'
import { clearText } from '../kit/clear-text.ts'
import { composeMail, type Mail } from '../kit/compose-mail.ts'
import { defineProvider } from '../kit/define-provider.ts'
import { DeliveryError } from '../kit/delivery-error.ts'
import { oneOf, secret, text } from '../kit/fields.ts'
import { asciiAddress, isAscii, mailProblems, personalMail, recipientsOf, sameMail, senderAdvice, senderFor, senderSettings, sharedMail } from '../kit/mail.ts'
import { outsideAdvice } from '../kit/named-outside.ts'
import type { TokenJob } from '../kit/oauth-tokens.ts'
import { member } from '../kit/receipt.ts'
import { oneLine, truncate } from '../kit/truncate.ts'
import { trustSettings } from '../kit/trust.ts'
import { serverOf } from '../kit/urls.ts'
import { smtpUrls } from './smtp-apprise.ts'
import { beyondItsLimit, reasonOf, refusedList, smtpError } from './smtp-errors.ts'
import { aboutTokens, signInProblems, signInSettings, smtpOauthSettings, tokensOf } from './smtp-oauth.ts'
import { CONNECTIONS, createSmtpPool, SmtpFailure, type SmtpPool } from './smtp-pool.ts'
import { portProblems } from './smtp-ports.ts'

const settings = Type.Object({
  host: text({ title: 'Server', description: 'For example smtp.example.com', maxLength: 253 }),
  port: Type.Integer({ title: 'Port', minimum: 1, maximum: 65_535, default: 587 }),
  security: oneOf(
    { none: 'None', starttls: 'STARTTLS', tls: 'TLS' },
    {
      title: 'Encryption',
      description: 'starttls on port 587, tls on port 465. With none everything is sent in clear text, including the password.',
      default: 'starttls',
    },
  ),
  ...signInSettings,
  username: Type.Optional(text({ title: 'User name', description: 'With OAuth 2 the mailbox; the sender’s address unless set.' })),
  password: Type.Optional(secret({ title: 'Password' })),
  ...senderSettings,
  ...smtpOauthSettings,
  helloName: Type.Optional(
    text({
      title: 'Name in EHLO',
      description:
        'A host name, or an address in brackets. Absent: the host of the hub’s base URL, else the name of the machine, else the address of the socket.',
      pattern: '^[A-Za-z0-9.:\\[\\]-]{1,253}$',
      'x-advanced': true,
    }),
  ),
  connections: Type.Optional(
    Type.Integer({
      title: 'Concurrent connections',
      description: 'Mails sent at the same time, per node of the hub.',
      minimum: 1,
      maximum: 50,
      default: CONNECTIONS,
      'x-advanced': true,
    }),
  ),
  ...trustSettings,
})
type Settings = Static<typeof settings>

/** E-mail through any SMTP server (RFC 5321). Opens its own sockets, to addresses that the outbound guard chooses. */
export const smtp = defineProvider({
  id: 'smtp',
  name: 'SMTP',
  channel: 'email',
  inMain: true,
  docs: 'https://nodemailer.com/smtp/',
  settings,
  destination: personalMail,
  sharedDestination: sharedMail,
  capabilities: {
    format: 'html',
    title: 400,
    concurrency: CONNECTIONS,
    target: 'connection',
    // Greylisting requires at least five minutes before the second attempt.
    retries: [5 * MINUTE, 10 * MINUTE, 30 * MINUTE, HOUR, 3 * HOUR, 7 * HOUR, 12 * HOUR],
  },

  concurrency: ({ connections = CONNECTIONS }) => connections,

  async send({ settings, destination, message, delivery, ...job }) {
    const from = senderFor('SMTP', settings.from)
    const { to, cc, bcc } = recipientsOf(destination)
    const settled = delivery.settled ?? []
    // In ASCII domains, as the server repeats them in its refusals.
    const envelope = [...to, ...cc, ...bcc].map(({ address }) => asciiAddress(address)).filter((address) => !settled.includes(address))
    if (envelope.length === 0) return {}
    // A recipient header is required when all recipients are blind copies; those are in the envelope only.
    const visible = to.length + cc.length === 0 ? { to: UNDISCLOSED } : {}
    const mail = { ...composeMail({ from, replyTo: settings.replyTo, recipients: { to, cc, bcc: [] }, message, delivery }), ...visible }
    const where = serverOf(settings)
    const pool = poolOf(settings, job)
    const beyondAscii = [from.address, ...envelope].find((address) => !isAscii(address))
    if (beyondAscii !== undefined && !(await pool.takesUtf8().catch((error: unknown) => Promise.reject(failureOf(error, settings, false)))))
      throw noUtf8(where, beyondAscii === from.address)
    const { response, refused } = await sendTo(envelope, mail, pool).catch((error: unknown) => {
      if (!(error instanceof SmtpFailure)) throw error
      const refusals = member(error.error, 'rejectedErrors')
      // None of these recipients accepted it, but others have it.
      if (settled.length > 0 && Array.isArray(refusals)) return { response: '', refused: refusals as unknown[] }
      throw failureOf(error.error, settings, error.sent, pool.token())
    })
    if (refused.length === 0) return { externalId: mail.messageId, note: truncate(oneLine(response), 200) }
    const note = truncate(`${refused.length} of ${envelope.length} recipients refused: ${refusedList(refused, settings)}`, 1000)
    const later = refused.filter((refusal) => smtpError(refusal, where, false, settings).failure === 'temporary')
    if (later.length === 0) return { externalId: mail.messageId, note }
    const addresses = later.map((refusal) => member(refusal, 'recipient'))
    throw new DeliveryError('temporary', note, {
      ...reasonOf(smtpError(later[0], where, false, settings)),
      // The server took the mail for others, so nothing but a limit is about the connection.
      scope: 'message',
      settled: [...settled, ...envelope.filter((address) => !addresses.includes(address))],
    })
  },

  async verify({ settings, ...job }) {
    const pool = openPool(settings, job)
    try {
      await pool.verify()
    } catch (error) {
      throw failureOf(error, settings, false, pool.token())
    } finally {
      pool.close()
    }
  },

  check({ settings: given, destination }) {
    const problems = mailProblems({ ...(given && { settings: given }), ...(destination && { destination }) }, MOST)
    if (given && /[\s/@]|:\/\/|^[^:]*:\d*$|\]./.test(given.host))
      problems.push({ pointer: '/settings/host', message: 'must be a host name or an address, without a scheme or port' })
    if (given) problems.push(...signInProblems(given), ...portProblems(given))
    if ((given?.password !== undefined || given?.auth === 'oauth2') && given.security === 'none')
      problems.push(...clearText('/settings/security', given.host, 'choose STARTTLS or TLS'))
    return problems
  },

  advise: ({ settings: given }) => [
    ...senderAdvice({ ...(given && { settings: given }) }),
    ...(given?.helloName === undefined || given.helloName.startsWith('[')
      ? []
      : outsideAdvice('/settings/helloName', given.helloName, 'servers that look it up will refuse the hub')),
  ],

  sameAddress: sameMail,

  apprise: smtpUrls,

  dispose(settings) {
    pools.get(settings)?.close()
    pools.delete(settings)
  },
})

/**
 * One mail for all recipients, and the same again for those that the server wants in another one. After the first was accepted, no later
 * failure fails the delivery.
 */
async function sendTo(to: string[], mail: Mail, pool: SmtpPool): Promise<{ response: string; refused: unknown[] }> {
  const { response, accepted, rejectedErrors = [] } = await pool.send({ ...mail, envelope: { from: mail.from.address, to } })
  if (accepted.length + rejectedErrors.length !== to.length || accepted.length === 0)
    throw new DeliveryError('rejected', 'The mail server accepted a different envelope', { code: 'envelope' })
  const later = beyondItsLimit(rejectedErrors)
  if (later.length === 0) return { response, refused: rejectedErrors }
  const refused = rejectedErrors.filter((refusal) => !later.includes(String(member(refusal, 'recipient'))))
  const rest = await sendTo(later, mail, pool).catch(() => ({ refused: rejectedErrors.filter((refusal) => !refused.includes(refusal)) }))
  return { response, refused: [...refused, ...rest.refused] }
}

const pools = new WeakMap<object, SmtpPool>()

function poolOf(settings: Settings, job: Job): SmtpPool {
  let pool = pools.get(settings)
  if (!pool) {
    pool = openPool(settings, job)
    pools.set(settings, pool)
  }
  return pool
}

const noUtf8 = (where: string, ofSender: boolean): DeliveryError =>
  new DeliveryError(
    ofSender ? 'misconfigured' : 'rejected',
    `${where} does not offer SMTPUTF8, which ${ofSender ? 'the address of the sender' : 'this address'} needs for the letters before its @`,
    { code: 'smtputf8', about: ofSender ? 'sender' : 'recipient', ...(ofSender ? { field: '/settings/from' } : {}) },
  )

type Job = Omit<TokenJob, 'settings'>

const openPool = (settings: Settings, job: Job): SmtpPool => createSmtpPool(settings, job.http, { tokens: tokensOf(settings, job) })

function failureOf(error: unknown, settings: Settings, sent: boolean, token?: string): DeliveryError {
  if (settings.auth !== 'oauth2') return smtpError(error, serverOf(settings), sent, settings)
  const { password: _, ...spoken } = settings
  return aboutTokens(smtpError(error, serverOf(settings), sent, { ...spoken, ...(token !== undefined && { password: token }) }), settings)
}

/** The number of recipients that a server must accept in one mail (RFC 5321 4.5.3.1.8). */
const MOST = 100

const UNDISCLOSED = 'undisclosed-recipients:;'
