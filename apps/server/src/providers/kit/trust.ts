import { type TObject, Type } from 'typebox'
import type { Trust } from '../../security/outbound.ts'
import { authority, authorityProblems } from './authority.ts'
import type { Http, Problem } from './contract.ts'
import { DeliveryError } from './delivery-error.ts'
import { member } from './receipt.ts'

/** For every provider of self-hosted servers. `defineProvider` then passes an `http` with this trust. */
export const trustSettings = {
  caCertificate: Type.Optional(
    authority('PEM of a private authority, or of a self-signed server. This connection trusts it in addition to the system’s authorities.'),
  ),
  allowInvalidCertificate: Type.Optional(
    Type.Boolean({
      title: 'Accept any certificate',
      description: 'Insecure: an attacker on the network can then read and change the traffic, including passwords.',
      default: false,
      'x-advanced': true,
    }),
  ),
}

/** The effect of the two settings on a provider; none for a form without them. */
export const trustIn = ({ properties }: TObject): typeof own => ('caCertificate' in properties && 'allowInvalidCertificate' in properties ? own : none)

const own = {
  /** The same job with an `http` that uses the trust of its settings. */
  job<Job extends { settings: object; http: Http }>(job: Job): Job {
    const trust = trustOf(job.settings)
    if (trust === null) return job
    return { ...job, http: { ...job.http, request: (url, request) => job.http.request(url, { ...request, trust }) } }
  },

  problems(settings: object | undefined): Problem[] {
    const given = member(settings, 'caCertificate')
    const problems = authorityProblems('/settings/caCertificate', typeof given === 'string' ? given : undefined)
    if (given === undefined || member(settings, 'allowInvalidCertificate') !== true) return problems
    return [...problems, { pointer: '/settings/allowInvalidCertificate', message: 'makes the certificate authority pointless', severity: 'warning' }]
  },

  /** For a rejected promise: an error about an untrusted certificate names the two settings. */
  advise(error: unknown): never {
    if (!(error instanceof DeliveryError) || error.code !== 'tls') throw error
    const code = member(error.cause, 'originalCode') ?? member(error.cause, 'code')
    // These codes mean that the other side speaks no TLS, or no version that we support. Trust settings do not help.
    if (typeof code !== 'string' || /^(EPROTO|ERR_SSL_|ETLS|EREQUIRETLS)/.test(code)) throw error
    const [field, advice] = code === 'ERR_TLS_CERT_ALTNAME_INVALID' ? OTHER_NAME : UNKNOWN
    throw new DeliveryError(error.failure, `${error.message}; ${advice}`, { ...error, cause: error.cause, field: field ?? error.field })
  },
}

const none: typeof own = {
  job: (job) => job,
  problems: () => [],
  advise(error) {
    throw error
  },
}

function trustOf(settings: object): Trust | null {
  if (member(settings, 'allowInvalidCertificate') === true) return { allowInvalidCertificate: true }
  const caCertificate = member(settings, 'caCertificate')
  return typeof caCertificate === 'string' ? { caCertificate } : null
}

const UNKNOWN = ['/settings/caCertificate', 'for a self-hosted server set its authority in caCertificate, or switch allowInvalidCertificate on'] as const
const OTHER_NAME = [undefined, 'it is for another name: use that name in the address, or switch allowInvalidCertificate on'] as const
