import { type ConnectionOptions, createSecureContext, getCACertificates } from 'node:tls'

/** Which servers are believed beside those that the authorities of the system vouch for; both absent = only those. */
export interface Trust {
  /** PEM, one or several. */
  caCertificate?: string
  allowInvalidCertificate?: boolean
}

/** For anything that opens TLS. An authority costs ten milliseconds and a megabyte, so ask once for each connection or pool. What is no PEM is passed over. */
export function tlsOptions({ caCertificate, allowInvalidCertificate }: Trust): Pick<ConnectionOptions, 'secureContext'> & { rejectUnauthorized: boolean } {
  const rejectUnauthorized = allowInvalidCertificate !== true
  if (!rejectUnauthorized || caCertificate === undefined) return { rejectUnauthorized }
  // A list of one's own takes the place of the system's, so both are given. What is in it is trusted as it is, also when it is no root.
  const secureContext = createSecureContext({ ca: [...getCACertificates('default'), caCertificate], allowPartialTrustChain: true })
  return { rejectUnauthorized, secureContext }
}
