import type { FastifyRequest } from 'fastify'
import type { CarillonError, ErrorCode } from '../../errors.ts'
import { prefixOf } from '../../security/api-keys.ts'
import { bearer } from './credentials.ts'

/** Hears of every refusal: who asked for what, and why it was refused. */
export type OnRefused = (refused: {
  code: ErrorCode
  status: number
  /** The public part of the key; null when none in its form was presented. */
  key: string | null
  address: string
  method: string
  route: string | undefined
}) => void

/** Tells of a refusal without the secret part of the key. */
export const tellRefused =
  (tell: OnRefused) =>
  ({ code, status }: CarillonError, { headers, ip, method, routeOptions }: FastifyRequest): void => {
    const token = bearer(headers)
    tell({ code, status, key: token === null ? null : prefixOf(token), address: ip, method, route: routeOptions.url })
  }
