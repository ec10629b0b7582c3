import type { IncomingMessage } from 'node:http'
import { HOPS_HEADER } from '../../domain/hops.ts'
import { CarillonError } from '../../errors.ts'

/**
 * Every header that some part of the hub reads as one value. Of a second one Node either drops the value or joins both with a comma, so a
 * proxy and the hub could each see another one. A test finds the headers that are read, and fails on one that is not in this list.
 */
export const SINGLE_HEADERS: ReadonlySet<string> = new Set([
  HOPS_HEADER,
  'access-control-request-method',
  'authorization',
  'carillon-user',
  'content-encoding',
  'content-length',
  'content-type',
  'expect',
  'host',
  'idempotency-key',
  'last-event-id',
  'origin',
  'sec-fetch-site',
  'transfer-encoding',
  'x-api-key',
])

/** `invalid_request` for the first header that must be sent once and was sent again; undefined when there is none. */
export function repeatedHeader({ headers, rawHeaders }: Pick<IncomingMessage, 'headers' | 'rawHeaders'>): CarillonError | undefined {
  // No name was sent twice: all but a few requests end here.
  if (Object.keys(headers).length * 2 === rawHeaders.length) return undefined
  const seen = new Set<string>()
  for (let i = 0; i < rawHeaders.length; i += 2) {
    const name = rawHeaders[i]!.toLowerCase()
    if (!SINGLE_HEADERS.has(name)) continue
    if (seen.has(name))
      return new CarillonError('invalid_request', {
        detail: `The header ${name} must be sent once.`,
        errors: [{ pointer: `/header/${name}`, message: 'must be sent once' }],
      })
    seen.add(name)
  }
  return undefined
}
