import { inspect } from 'node:util'
import { describe, expect, it } from 'vitest'
import type { Connection } from '../domain/connection.ts'
import { aConnection, aMessage, NOON } from '../domain/testing/samples.ts'
import { DeliveryError, type DeliveryErrorOptions } from '../providers/kit/delivery-error.ts'
import { tryOnce } from './attempt.ts'
import { createVendors } from './testing/vendors.ts'

/** The error that one attempt makes of an error that a provider throws. */
async function errorOf(thrown: Error, more: Partial<Connection> = {}): Promise<DeliveryError> {
  const { http, hide, provider } = createVendors({
    smtp() {
      throw thrown
    },
  })
  const delivery = { id: 'dlv_1', attempt: 1, createdAt: NOON }
  const connection = aConnection({ provider: 'smtp', ...more })
  const asked = { provider: provider('smtp')!, connection, destination: {}, namedBy: 'application' as const, message: aMessage(), delivery }
  const { error } = await tryOnce(asked, { http, hide, clock: () => NOON })
  if (error === undefined) throw new Error('it was sent')
  return error
}

describe('an error', () => {
  const everything: Required<DeliveryErrorOptions> = {
    about: 'limit',
    retryAfterMs: 5_000,
    throttled: 'connection',
    maybeDelivered: true,
    code: 'vendor_1',
    status: 503,
    scope: 'message',
    goneSince: NOON,
    settled: ['ana@example.org'],
    parts: ['link'],
    field: '/settings/from',
    cause: 'the reason',
  }

  it('keeps all details that the provider gave', async () => {
    expect(await errorOf(new DeliveryError('temporary', 'busy', everything))).toMatchObject({ failure: 'temporary', message: 'busy', ...everything })
  })

  it.each([true, false])('shows no secret that a vendor repeated, on a personal connection or not (%s)', async (personal) => {
    for (const failure of ['temporary', 'unreachable', 'misconfigured', 'rejected'] as const) {
      const error = await errorOf(new DeliveryError(failure, 'Who is s3cret?', { code: 'no_s3cret' }), { personal })
      expect([error.message, error.code]).toEqual(['Who is ********?', 'no_********'])
      expect(inspect(error, { depth: 10 })).not.toContain('s3cret')
    }
  })

  it('concerns the connection where the address is its setting', async () => {
    const gone = new DeliveryError('unreachable', 'nobody there', { code: 'gone', status: 410 })
    const blamed = { failure: 'misconfigured', scope: 'target', message: 'nobody there', code: 'gone', status: 410 }
    expect(await errorOf(gone, { personal: false })).toMatchObject(blamed)
    const closed = new DeliveryError('misconfigured', 'the topic is closed', {
      scope: 'message',
      status: 400,
      about: 'recipient',
      field: '/destination/threadId',
    })
    expect(await errorOf(closed, { personal: false })).toMatchObject({ scope: 'target', about: 'recipient', field: '/destination/threadId' })
    expect(await errorOf(gone, { personal: true })).toMatchObject({ failure: 'unreachable', scope: 'message' })
  })

  it('that no provider should throw loses no message and marks no target unhealthy', async () => {
    expect(await errorOf(new TypeError('x is not a function'))).toMatchObject({ failure: 'temporary', code: 'provider_bug', scope: 'message' })
  })
})
