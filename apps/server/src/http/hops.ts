import type { FastifyRequest } from 'fastify'
import { HOPS_HEADER } from '../domain/hops.ts'
import { invalidField } from '../errors.ts'

/** How many hubs the events of a request have passed, as the hub before says; without the header nothing. Throws `invalid_field`. */
export function hopsIn({ headers }: Pick<FastifyRequest, 'headers'>): { hops?: number } {
  const given = headers[HOPS_HEADER]
  if (given === undefined) return {}
  // A repeated header arrives as one text, joined with a comma.
  if (typeof given !== 'string' || !/^\d{1,6}$/.test(given)) throw invalidField(`/header/${HOPS_HEADER}`, 'must be one whole number, as the hub before sent it')
  return { hops: Number(given) }
}
