import type { DeliveryFailure } from '../../domain/delivery.ts'
import { DAY, HOUR, MINUTE, type Millis } from '../../domain/time.ts'
import type { About } from '../kit/delivery-error.ts'

/** What a reply means for the mail and for the connection. */
export interface Meaning {
  /** Absent: the reply does not say. */
  about?: About
  failure: DeliveryFailure
  scope: 'target' | 'message'
  field?: string
  /** A limit of the account: the connection is paused this long. */
  waitMs?: Millis
  /** What an operator does about it. */
  help?: string
}

const broken = (about: About, field: string | undefined, help: string): Meaning => ({
  ...{ about, failure: 'misconfigured', scope: 'target', help },
  ...(field === undefined ? {} : { field }),
})
const limited = (waitMs: Millis): Meaning => ({
  about: 'limit',
  failure: 'temporary',
  scope: 'target',
  waitMs,
  help: 'the connection waits until it may send again',
})
const once = (failure: DeliveryFailure, about?: About): Meaning => ({ ...(about === undefined ? {} : { about }), failure, scope: 'message' })

/** A daily limit often counts the last 24 hours, so it ends bit by bit: every four hours some mails get through. */
export const MEANINGS = {
  hello: broken('connection', '/settings/helloName', 'it does not accept the name that the hub gives in EHLO; set helloName to a host name that resolves'),
  client: broken(
    'connection',
    undefined,
    'it does not accept mail from the network address of the hub (reverse name or block list); send through another server',
  ),
  relay: broken('connection', '/settings/username', 'it does not relay for the hub; sign in, or allow the address of the hub on that server'),
  security: broken('connection', '/settings/security', 'it demands encryption; choose starttls or tls'),
  noTls: broken('connection', '/settings/security', 'it does not offer STARTTLS; choose tls and the port for it'),
  signIn: broken('account', '/settings/username', 'it demands a sign-in; set username and password'),
  password: broken('account', '/settings/password', 'check username and password'),
  appPassword: broken('account', '/settings/password', 'it wants an application-specific password'),
  mechanism: broken('account', '/settings/security', 'it offers no sign-in that we can use'),
  account: broken('account', '/settings/username', 'this account may not send at present'),
  sender: broken('sender', '/settings/from', 'it does not accept this sender; set from to an address that the account owns'),
  month: limited(DAY),
  day: limited(4 * HOUR),
  hour: limited(HOUR),
  burst: limited(MINUTE),
  busy: { about: 'connection', failure: 'temporary', scope: 'target' },
  mailbox: once('unreachable', 'recipient'),
  full: once('temporary', 'recipient'),
  later: once('temporary', 'recipient'),
  unwelcome: once('rejected', 'recipient'),
  large: once('rejected', 'message'),
  content: once('rejected', 'message'),
  // Security and policy without more words. Another connection may be trusted more.
  policy: once('misconfigured'),
  refused: once('rejected'),
} satisfies Record<string, Meaning>

export type Kind = keyof typeof MEANINGS
