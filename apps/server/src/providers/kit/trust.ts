import { type TObject, Type } from 'typebox'
import type { Trust } from '../../security/outbound.ts'
import { authority, authorityProblems } from './authority.ts'
import type { Http, Problem } from './contract.ts'
import { DeliveryError } from './delivery-error.ts'
import { member } from './receipt.ts'

/** For every provider whose server people run themselves. `defineProvider` does the rest: it hands out an `http` that has this trust. */
export const trustSettings = {
  caCertificate: Type.Optional(
    authority('PEM, of an authority of your own or of a server that signed its certificate itself. Trusted by this connection, beside those of the system.'),
  ),
  allowInvalidCertificate: Type.Optional(
    Type.Boolean({
      title: 'Accept any certificate',
      description: 'Anybody on the way can then read and change what is sent, passwords too.',
      default: false,
      'x-advanced': true,
    }),
  ),
}

/** What the two settings mean for everything that a provider does; nothing for a form without them. */
export const trustIn = ({ properties }: TObject): typeof own => ('caCertificate' in properties && 'allowInvalidCertificate' in properties ? own : none)

const own = {
  /** The same job, whose every request goes out with the trust that its settings name. */
  job<Job extends { settings: object; http: Http }>(job: Job): Job {
    const trust = trustOf(job.settings)
    if (trust === null) return job
    return { ...job, http: { ...job.http, request: (url, request) => job.http.request(url, { ...request, trust }) } }
  },

  problems(settings: object | undefined): Problem[] {
    const given = member(settings, 'caCertificate')
    const problems = authorityProblems('/settings/caCertificate', typeof given === 'string' ? given : undefined)
    if (given === undefined || member(settings, 'allowInvalidCertificate') !== true) return problems
    return [...problems, { pointer: '/settings/allowInvalidCertificate', message: 'makes the certificate authority useless', severity: 'warning' }]
  },

  /** For a rejected promise: who meets a certificate that is not trusted is told of the two settings. */
  advise(error: unknown): never {
    if (!(error instanceof DeliveryError) || error.code !== 'tls') throw error
    const code = member(error.cause, 'originalCode') ?? member(error.cause, 'code')
    // These say that the other side speaks no TLS at all, or none that we speak. That is no matter of trust.
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

const UNKNOWN = ['/settings/caCertificate', 'for a server of your own give its authority in caCertificate, or switch allowInvalidCertificate on'] as const
const OTHER_NAME = [undefined, 'it is for another name: give the address by that, or switch allowInvalidCertificate on'] as const
