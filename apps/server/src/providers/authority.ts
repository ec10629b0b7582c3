import { X509Certificate } from 'node:crypto'
import { Type } from 'typebox'
import type { Problem } from './provider.ts'

/** The certificate of the one authority that a connection trusts, in place of the system's. */
export const authority = (description: string) =>
  Type.String({ title: 'Certificate authority', description, 'x-widget': 'textarea', maxLength: 16_384, 'x-advanced': true })

/** TLS would only say that it is no PEM once a message is to be sent. */
export function authorityProblems(pointer: string, pem: string | undefined): Problem[] {
  if (pem === undefined) return []
  try {
    return new X509Certificate(pem).ca ? [] : [{ pointer, message: 'must be the certificate of an authority, not of a server' }]
  } catch {
    return [{ pointer, message: 'must be a certificate in PEM: -----BEGIN CERTIFICATE-----' }]
  }
}
