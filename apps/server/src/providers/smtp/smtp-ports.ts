import type { Problem } from '../kit/contract.ts'
import type { SmtpSettings } from './smtp-pool.ts'

/** How the server was spoken to, as far as it explains an error. */
export type Spoken = Partial<Pick<SmtpSettings, 'port' | 'security' | 'username' | 'password'>>

type Way = Pick<Spoken, 'port' | 'security'>

/** The encryption with which a port begins (RFC 8314, https://www.iana.org/assignments/service-names-port-numbers): any other waits for a greeting that never comes. */
const BEGINS: Partial<Record<number, 'tls' | 'plain'>> = { 465: 'tls', 25: 'plain', 587: 'plain', 2525: 'plain' }

/** Port and encryption that hardly ever fit, and what to choose; null when they may. */
function mismatch({ port, security }: Way): string | null {
  const begins = port === undefined ? undefined : BEGINS[port]
  if (begins === 'tls' && security !== 'tls' && security !== undefined)
    return `port ${port} begins with TLS, where ${security} waits for a greeting: choose tls, or port 587 with starttls`
  if (begins === 'plain' && security === 'tls') return `port ${port} does not begin with TLS: choose starttls, or port 465 with tls`
  return null
}

/** What to try when a server says nothing. `greeting`: it accepted the connection and never greeted, as a server does that waits for TLS. */
export function encryptionAdvice(way: Way, greeting: boolean): string | null {
  const known = mismatch(way)
  if (known !== null) return known
  return greeting && way.security !== undefined && way.security !== 'tls' ? 'a server that begins with TLS never greets: if this one does, choose tls' : null
}

/** A warning when the form is saved. */
export function portProblems(way: Way): Problem[] {
  const message = mismatch(way)
  return message === null ? [] : [{ pointer: '/settings/security', message: `probably does not fit: ${message}`, severity: 'warning' }]
}
