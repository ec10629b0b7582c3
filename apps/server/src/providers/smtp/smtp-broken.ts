import { DeliveryError } from '../kit/delivery-error.ts'
import { isNotTls } from '../kit/not-tls.ts'
import { member } from '../kit/receipt.ts'
import { oneLine, truncate } from '../kit/truncate.ts'
import { encryptionAdvice, type Spoken } from './smtp-ports.ts'
import { withoutCredentials } from './smtp-secrets.ts'

const TLS = /^(CERT_|ERR_TLS|ERR_SSL|SELF_SIGNED|DEPTH_ZERO|UNABLE_TO_|HOSTNAME_MISMATCH|EPROTO$)/

/** No reply: a failure of the network, TLS or the library itself. */
export function brokenError(error: unknown, where: string, sent: boolean, spoken: Spoken): DeliveryError {
  const code = textOf(error, 'code')
  const system = textOf(error, 'originalCode') || code
  const message = textOf(error, 'message')
  if (code === 'ETLS' || code === 'EREQUIRETLS' || TLS.test(system) || /initiating TLS/.test(message))
    return new DeliveryError('misconfigured', `${where} ${tlsSentence(system, message, spoken)}`, {
      code: 'tls',
      about: 'connection',
      field: '/settings/security',
      cause: error,
    })
  if (/AUTH/.test(code))
    return new DeliveryError('misconfigured', `${where} offers no sign-in that we can use`, {
      code: 'auth',
      about: 'account',
      field: '/settings/security',
      cause: error,
    })
  if (code === 'EENVELOPE' || code === 'EMESSAGE' || code === 'ECONFIG')
    return new DeliveryError('rejected', `${where} cannot take this message: ${truncate(withoutCredentials(oneLine(message), spoken), 200)}`, {
      code: 'message',
      cause: error,
    })
  const [name, sentence] = NETWORK[system] ?? NETWORK[code] ?? ['reset', 'closed the connection']
  // A server that waits for TLS says nothing, or hangs up on EHLO; nothing was sent by then.
  const advice = sent || (name !== 'timeout' && name !== 'reset') ? null : encryptionAdvice(spoken, /greeting/i.test(message))
  return new DeliveryError('temporary', `${where} ${sentence}${advice === null ? '' : `; ${advice}`}`, {
    code: name,
    maybeDelivered: sent,
    ...(advice === null ? {} : { field: '/settings/security' }),
    cause: error,
  })
}

function tlsSentence(system: string, message: string, spoken: Spoken): string {
  if (isNotTls(Object.assign(new Error(message), { code: system })))
    return `does not begin with TLS; ${spoken.port === 465 ? 'choose another port, or starttls' : 'choose starttls, or port 465 for tls'}`
  const untrusted = /certificate|CERT|SELF_SIGNED|ALTNAME|UNABLE_TO_/i.test(`${system} ${message}`)
  return `could not be spoken to over TLS${untrusted ? ': its certificate cannot be trusted' : ''}`
}

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
