import { type ConnectionOptions, createSecureContext, getCACertificates } from 'node:tls'

/** Certificates to trust in addition to the system's authorities; both absent = only those. */
export interface Trust {
  /** One or several PEM certificates. */
  caCertificate?: string
  allowInvalidCertificate?: boolean
}

/** TLS options. A secure context costs ten milliseconds and a megabyte, so create it once per connection or pool. Invalid PEM is ignored. */
export function tlsOptions({ caCertificate, allowInvalidCertificate }: Trust): Pick<ConnectionOptions, 'secureContext'> & { rejectUnauthorized: boolean } {
  const rejectUnauthorized = allowInvalidCertificate !== true
  if (!rejectUnauthorized || caCertificate === undefined) return { rejectUnauthorized }
  // A custom list replaces the system's, so both are given. Its certificates are trusted directly, even if they are not roots.
  const secureContext = createSecureContext({ ca: [...getCACertificates('default'), caCertificate], allowPartialTrustChain: true })
  return { rejectUnauthorized, secureContext }
}
