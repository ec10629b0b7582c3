import { DeliveryError, type DeliveryErrorOptions } from '../kit/delivery-error.ts'
import { blameConnection } from '../kit/http-errors.ts'
import { member } from '../kit/receipt.ts'
import { oneLine, truncate } from '../kit/truncate.ts'
import { brokenError } from './smtp-broken.ts'
import { MEANINGS, type Meaning } from './smtp-meanings.ts'
import type { Spoken } from './smtp-ports.ts'
import { kindOf, replyOf } from './smtp-replies.ts'
import { withoutCredentials } from './smtp-secrets.ts'

/**
 * Classifies a failure of nodemailer (RFC 5321, RFC 3463) by its subject, not by the command at which it was said: what a server thinks of
 * client, sender or account counts against the connection, a refused recipient or message only against itself. `sent`: the whole message had
 * been transmitted.
 */
export function smtpError(error: unknown, where: string, sent: boolean, spoken: Spoken = {}): DeliveryError {
  const known = blameConnection(error)
  if (known instanceof DeliveryError) return known
  const refusals = member(error, 'rejectedErrors')
  if (Array.isArray(refusals) && refusals.length > 1) return allRefused(refusals, where, spoken)
  const status = member(error, 'responseCode')
  return typeof status === 'number' ? replyError(error, where, status, spoken) : brokenError(error, where, sent, spoken)
}

/** No recipient got it. What is about the connection is said first; else the mail is retried as long as one recipient may still be reached. */
function allRefused(refusals: unknown[], where: string, spoken: Spoken): DeliveryError {
  const errors = refusals.map((refusal) => smtpError(refusal, where, false, spoken))
  const first =
    errors.find((one) => one.scope === 'target') ??
    errors.find((one) => one.failure === 'temporary') ??
    errors.find((one) => one.failure === 'misconfigured') ??
    errors[0]!
  const message = truncate(`${where} refused all ${refusals.length} recipients: ${refusedList(refusals, spoken)}`, 1000)
  return new DeliveryError(first.failure, message, { ...reasonOf(first), cause: refusals[0] })
}

/** What a second error about the same reply repeats of it. */
export const reasonOf = ({ code, scope, status, about, field, throttled, retryAfterMs }: DeliveryError): DeliveryErrorOptions => ({
  ...{ code, scope, status, about, field, throttled, retryAfterMs },
})

/** The refused recipients, each with the server's message. */
export const refusedList = (refusals: readonly unknown[], spoken: Spoken = {}): string =>
  refusals.map((refusal) => `${textOf(refusal, 'recipient')} (${truncate(withoutCredentials(oneLine(textOf(refusal, 'response')), spoken), 100)})`).join(', ')

/** Recipients that a server wants in another mail (RFC 5321 4.5.3.1.10). */
export function beyondItsLimit(refusals: readonly unknown[]): string[] {
  const tooMany = refusals.filter((refusal) => /^452[ -](4\.5\.3\b|.*too many)/i.test(textOf(refusal, 'response')))
  return tooMany.map((refusal) => textOf(refusal, 'recipient'))
}

function replyError(error: unknown, where: string, status: number, spoken: Spoken): DeliveryError {
  const command = textOf(error, 'command')
  const signingIn = command.startsWith('AUTH') || textOf(error, 'code') === 'EAUTH'
  const said = oneLine(textOf(error, 'response'))
  const reply = replyOf(said, status, signingIn ? 'AUTH' : command)
  const kind = kindOf(reply)
  const meaning: Meaning = kind === null ? GREETED : MEANINGS[kind]
  // With 4yz the server may change its mind, whatever it is about.
  const failure = status < 500 && meaning.failure !== 'temporary' ? 'temporary' : meaning.failure
  const words = truncate(withoutCredentials(said, spoken), 200)
  const help = meaning.help === undefined ? '' : `; ${meaning.help}`
  return new DeliveryError(failure, `${where} answered ${reply.verb === '' ? '' : `${reply.verb} with `}${words}${help}`, {
    code: `smtp_${status}`,
    status,
    scope: meaning.scope,
    about: meaning.about,
    field: meaning.field,
    ...(meaning.waitMs === undefined ? {} : { throttled: 'target', retryAfterMs: meaning.waitMs }),
    // nodemailer's error repeats the reply, which may contain credentials at AUTH.
    ...(signingIn ? {} : { cause: error }),
  })
}

/** A greeting that says no more than its code. */
const GREETED: Meaning = { about: 'connection', failure: 'misconfigured', scope: 'target' }

function textOf(error: unknown, name: string): string {
  const value = member(error, name)
  return typeof value === 'string' ? value : ''
}
