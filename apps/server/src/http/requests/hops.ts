import type { FastifyRequest } from 'fastify'
import { HOPS_HEADER } from '../../domain/hops.ts'
import { invalidField } from '../../errors.ts'

declare module 'fastify' {
  interface FastifyContextConfig {
    /** The route reads `Carillon-Hops`; OpenAPI declares the header from this. */
    hops?: true
  }
}

/** How many hubs the events of a request have passed, as the hub before says; without the header nothing. Throws `invalid_field`. */
export function hopsIn({ headers, routeOptions }: Pick<FastifyRequest, 'headers' | 'routeOptions'>): { hops?: number } {
  if (routeOptions.config.hops !== true) throw new Error(`${routeOptions.url} reads ${HOPS_HEADER}, so its config must say \`hops: true\``)
  const given = headers[HOPS_HEADER]
  if (given === undefined) return {}
  if (typeof given !== 'string' || !/^\d{1,6}$/.test(given)) throw invalidField(`/header/${HOPS_HEADER}`, 'must be one whole number, as the hub before sent it')
  return { hops: Number(given) }
}
