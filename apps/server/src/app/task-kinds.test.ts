import { sql } from 'kysely'
import { expect, it } from 'vitest'
import { NOON } from '../domain/testing/samples.ts'
import { SECOND } from '../domain/time.ts'
import { taskKinds } from './task-kinds.ts'

it('a fan-out that fails is tried five times, ever later, and then its event is failed; so is one that is quarantined', () => {
  const { retryAt, givenUp, quarantined } = taskKinds({ bytesOf: () => sql`` })['fan-out']
  const waits = [1, 2, 3, 4, 5].map((attempt) => retryAt({ id: 't', name: 'fan-out', ref: 'evt_1', attempt }, NOON))
  expect(waits).toEqual([NOON + 2 * SECOND, NOON + 4 * SECOND, NOON + 8 * SECOND, NOON + 16 * SECOND, null])
  expect(quarantined).toBe(givenUp)
})
