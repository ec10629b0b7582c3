import { expect, it } from 'vitest'
import { DELIVERY_STATES } from '../domain/delivery.ts'
import { codeOf } from './delivery-states.ts'

it('the code of a state never changes, because rows have it', () => {
  expect(Object.fromEntries(DELIVERY_STATES.map((state) => [state, codeOf(state)]))).toEqual({
    held: 0,
    queued: 1,
    sending: 2,
    sent: 3,
    delivered: 4,
    bounced: 5,
    complained: 6,
    failed: 7,
    merged: 8,
    suppressed: 9,
    cancelled: 10,
    expired: 11,
    logged: 12,
  })
})
