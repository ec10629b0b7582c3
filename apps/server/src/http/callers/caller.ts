import type { FastifyRequest } from 'fastify'
import type { Asker, Caller, Credential } from '../../domain/caller.ts'
import { requireUser } from '../../security/rights.ts'

declare module 'fastify' {
  interface FastifyRequest {
    /** Set by auth.ts before any handler of `/v1` runs. */
    caller: Caller
    /** What proved it; set together with `caller`. */
    credential: Credential
  }
}

/** Who asks a service. */
export const askerOf = ({ caller, id, ip }: FastifyRequest): Asker => ({ caller, requestId: id, address: ip })

/** The user whose own routes are meant. Throws `forbidden`. */
export const userOf = ({ caller }: FastifyRequest): string => requireUser(caller).userId
