import { inspect } from 'node:util'
import { expect } from 'vitest'
import { DeliveryError } from '../kit/delivery-error.ts'

/** The refusal of a call. Secrets of tests begin with `s3cret`, and none may stand in it. Throws when the call was not refused, or by another error. */
export async function refusal(call: Promise<unknown> | undefined): Promise<DeliveryError> {
  const error = await call?.then(
    () => undefined,
    (thrown: unknown) => thrown,
  )
  if (!(error instanceof DeliveryError)) throw new Error(`expected a DeliveryError, got ${inspect(error)}`, { cause: error })
  expect(inspect(error, { depth: 10 }), 'a secret in an error').not.toContain('s3cret')
  return error
}
