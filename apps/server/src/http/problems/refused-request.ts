import type { FastifyRequest } from 'fastify'
import type { RefusedRequest } from '../../domain/refused-request.ts'
import type { CarillonError } from '../../errors.ts'
import { prefixOf } from '../../security/api-keys.ts'
import { bearer } from '../callers/credentials.ts'

/** Tells of a refusal without the secret part of the key. */
export const tellRefused =
  (tell: (refused: RefusedRequest) => void) =>
  ({ code, status }: CarillonError, { headers, ip, method, routeOptions }: FastifyRequest): void => {
    const token = bearer(headers)
    tell({ code, status, key: token === null ? null : prefixOf(token), address: ip, method, route: routeOptions.url })
  }
