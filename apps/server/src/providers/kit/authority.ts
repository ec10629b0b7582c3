import { X509Certificate } from 'node:crypto'
import { Type } from 'typebox'
import { DAY } from '../../domain/time.ts'
import type { Problem } from './contract.ts'

/** Certificates that a connection trusts: of authorities, or a self-signed one of a server. */
export const authority = (description: string) =>
  Type.String({ title: 'Certificate authority', description, 'x-widget': 'textarea', maxLength: 16_384, minLength: 1, 'x-advanced': true })

const PEM = /-----BEGIN CERTIFICATE-----[^-]*-----END CERTIFICATE-----/g

/** Checks certificates on saving; TLS would report them only when a message is sent, and less precisely. TLS uses the system's clock, so this does too. */
export function authorityProblems(pointer: string, text: string | undefined, now = Date.now()): Problem[] {
  if (text === undefined) return []
  const found: X509Certificate[] = []
  try {
    for (const [pem] of text.matchAll(PEM)) found.push(new X509Certificate(pem))
  } catch {
    found.length = 0
  }
  if (found.length === 0 || text.replace(PEM, '').includes('-----'))
    return [{ pointer, message: 'must be certificates in PEM: -----BEGIN CERTIFICATE----- … -----END CERTIFICATE-----' }]
  if (!found.every((one) => one.ca || one.checkIssued(one))) return [{ pointer, message: 'must be the certificate of an authority, or self-signed' }]
  const over = found.filter(({ validToDate }) => validToDate.getTime() <= now)
  if (over.length === found.length) return [{ pointer, message: `expired on ${dayOf(found[0]!)}` }]
  const early = found.find(({ validFromDate }) => validFromDate.getTime() > now)
  if (early !== undefined) return [{ pointer, message: `is not valid before ${early.validFromDate.toISOString().slice(0, 10)}`, severity: 'warning' }]
  const ending = found.find(({ validToDate }) => validToDate.getTime() <= now + SOON)
  return ending === undefined ? [] : [{ pointer, message: `contains a certificate that expires on ${dayOf(ending)}`, severity: 'warning' }]
}

const SOON = 30 * DAY
const dayOf = ({ validToDate }: X509Certificate): string => validToDate.toISOString().slice(0, 10)
