import type { DeliveryFailure } from '../../domain/delivery.ts'
import { DeliveryError } from '../kit/delivery-error.ts'
import { blameConnection } from '../kit/http-errors.ts'
import { member } from '../kit/receipt.ts'
import { oneLine, truncate } from '../kit/truncate.ts'

type Verdict = [failure: DeliveryFailure, scope: 'target' | 'message']

/** Status codes of mailboxes that do not exist, have moved or are disabled (RFC 3463). */
const NO_MAILBOX = /^5\.(1\.(1|2|3|6|10)|2\.1)$/

/**
 * Classifies a failure of nodemailer (RFC 5321, RFC 3463). Only server failures (connect, TLS, authentication, 421) count against the
 * connection; a refused recipient or message counts only against itself. `sent`: the whole message had been transmitted.
 */
export function smtpError(error: unknown, where: string, sent: boolean): DeliveryError {
  const known = blameConnection(error)
  if (known instanceof DeliveryError) return known
  const refusals = member(error, 'rejectedErrors')
  if (Array.isArray(refusals) && refusals.length > 1) return allRefused(refusals, where)
  const status = member(error, 'responseCode')
  return typeof status === 'number' ? replyError(error, where, status) : brokenError(error, where, sent)
}

/** No recipient got it. The mail is retried as long as one recipient may still be reached. */
function allRefused(refusals: unknown[], where: string): DeliveryError {
  const errors = refusals.map((refusal) => smtpError(refusal, where, false))
  const { failure, code, status, scope } =
    errors.find((one) => one.failure === 'temporary') ?? errors.find((one) => one.failure === 'misconfigured') ?? errors[0]!
  const message = truncate(`${where} refused all ${refusals.length} recipients: ${refusedList(refusals)}`, 1000)
  return new DeliveryError(failure, message, { code, scope, ...(status === undefined ? {} : { status }), cause: refusals[0] })
}

/** The refused recipients, each with the server's message. */
export const refusedList = (refusals: readonly unknown[]): string =>
  refusals.map((refusal) => `${textOf(refusal, 'recipient')} (${truncate(oneLine(textOf(refusal, 'response')), 100)})`).join(', ')

/** Recipients that a server wants in another mail (RFC 5321 4.5.3.1.10). */
export function beyondItsLimit(refusals: readonly unknown[]): string[] {
  const tooMany = refusals.filter((refusal) => /^452[ -](4\.5\.3\b|.*too many)/i.test(textOf(refusal, 'response')))
  return tooMany.map((refusal) => textOf(refusal, 'recipient'))
}

function replyError(error: unknown, where: string, status: number): DeliveryError {
  const command = textOf(error, 'command')
  const reply = oneLine(textOf(error, 'response'))
  const enhanced = /^\d{3}[ -]([245]\.\d{1,3}\.\d{1,3})\b/.exec(reply)?.[1] ?? ''
  const signingIn = command.startsWith('AUTH') || textOf(error, 'code') === 'EAUTH'
  const [failure, scope] = signingIn ? signInVerdict(status) : verdict(status, enhanced, command)
  // A reply to AUTH may contain credentials, so it is dropped, also as the cause; every other reply helps the operator.
  const said = signingIn ? `${status} ${enhanced}`.trim() : truncate(reply, 200)
  return new DeliveryError(failure, `${where} answered ${command === '' ? '' : `${command.split(' ')[0]} with `}${said}`, {
    code: `smtp_${status}`,
    status,
    scope,
    ...(signingIn ? {} : { cause: error }),
    field: status < 500 ? undefined : fieldOf(status, command, signingIn),
  })
}

function fieldOf(status: number, command: string, signingIn: boolean): string | undefined {
  if (signingIn) return '/settings/password'
  if (command.startsWith('STARTTLS')) return '/settings/security'
  if (status === 530) return '/settings/username'
  return command.startsWith('MAIL') ? '/settings/from' : undefined
}

const signInVerdict = (status: number): Verdict => [status < 500 ? 'temporary' : 'misconfigured', 'target']

function verdict(status: number, enhanced: string, command: string): Verdict {
  if (status === 421) return ['temporary', 'target']
  // 454 4.7.0 and 530 … 538 concern TLS and authentication, whatever command they answer.
  if (status === 530 || status === 534 || status === 535 || status === 538) return ['misconfigured', 'target']
  const greeting = /^(CONN|EHLO|HELO|LHLO|STARTTLS)/.test(command)
  if (status < 500) return ['temporary', greeting ? 'target' : 'message']
  if (greeting || status === 500 || status === 502 || status === 503) return ['misconfigured', greeting ? 'target' : 'message']
  if (enhanced === '5.2.2') return ['temporary', 'message'] // a full mailbox may be emptied
  if (status === 552 || enhanced === '5.3.4' || enhanced === '5.2.3') return ['rejected', 'message']
  if (command.startsWith('MAIL')) return ['misconfigured', 'message'] // the sender is not permitted
  if (NO_MAILBOX.test(enhanced)) return ['unreachable', 'message']
  if (enhanced.startsWith('5.7.')) return ['misconfigured', 'message'] // SPF, DMARC, relaying: configuration of the sender
  return ['rejected', 'message']
}

/** No reply: a failure of the network, TLS or the library itself. */
function brokenError(error: unknown, where: string, sent: boolean): DeliveryError {
  const code = textOf(error, 'code')
  const system = textOf(error, 'originalCode') || code
  const message = textOf(error, 'message')
  if (
    code === 'ETLS' ||
    code === 'EREQUIRETLS' ||
    /^(CERT_|ERR_TLS|ERR_SSL|SELF_SIGNED|DEPTH_ZERO|UNABLE_TO_|HOSTNAME_MISMATCH)/.test(system) ||
    /initiating TLS/.test(message)
  )
    return new DeliveryError('misconfigured', `${where} could not be spoken to over TLS${certificateHint(system, message)}`, {
      code: 'tls',
      field: '/settings/security',
      cause: error,
    })
  if (/AUTH/.test(code))
    return new DeliveryError('misconfigured', `${where} offers no sign-in that we can use`, {
      code: 'auth',
      field: '/settings/security',
      cause: error,
    })
  if (code === 'EENVELOPE' || code === 'EMESSAGE' || code === 'ECONFIG')
    return new DeliveryError('rejected', `${where} cannot take this message: ${truncate(oneLine(message), 200)}`, { code: 'message', cause: error })
  const [name, sentence] = NETWORK[system] ?? NETWORK[code] ?? ['reset', 'closed the connection']
  return new DeliveryError('temporary', `${where} ${sentence}`, { code: name, maybeDelivered: sent, cause: error })
}

const certificateHint = (system: string, message: string): string =>
  /certificate|CERT|SELF_SIGNED|ALTNAME|UNABLE_TO_/i.test(`${system} ${message}`) ? ': its certificate cannot be trusted' : ''

const NETWORK: Record<string, [code: string, sentence: string]> = {
  ENOTFOUND: ['dns', 'has a name that does not resolve; is it spelled right?'],
  EDNS: ['dns', 'has a name that does not resolve; is it spelled right?'],
  ECONNREFUSED: ['refused', 'refused the connection'],
  ETIMEDOUT: ['timeout', 'did not answer in time'],
  EHOSTUNREACH: ['network', 'cannot be reached from here'],
  ENETUNREACH: ['network', 'cannot be reached from here'],
}

function textOf(error: unknown, name: string): string {
  const value = error instanceof Error && name === 'message' ? error.message : member(error, name)
  return typeof value === 'string' ? value : ''
}
