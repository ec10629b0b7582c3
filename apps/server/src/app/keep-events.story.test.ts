import { expect, it } from 'vitest'
import { engines, openTestStore } from '../../test/setup/engines.ts'
import type { Reported } from '../domain/report.ts'
import { anEvent, NOON } from '../domain/testing/samples.ts'
import { parseFaults } from '../faults.ts'
import { createPace } from '../flow/pace.ts'
import { keeper } from './keep-events.ts'

it.each(engines)('reports share a commit up to 250 events, not 250 reports (%s)', async (engine) => {
  const { dialect, close } = await openTestStore(engine)
  const groups: number[][] = []
  const keep = keeper(
    {
      ...{ dialect, counts: { committed() {}, kept() {} }, queue: { enqueue: async () => {} }, failed() {} },
      faults: parseFaults(null, () => {}),
    },
    createPace,
  )(async (group) => {
    groups.push(group.map(({ events }) => events.length))
    return group.map(() => ({ kind: 'stored' }))
  })
  const batch = (count: number): Reported => ({ events: Array.from({ length: count }, () => anEvent()), answer: '', idempotency: undefined, at: NOON })
  await Promise.all([batch(100), batch(150), batch(1)].map(keep))
  expect(groups).toEqual([[100, 150], [1]])
  await close()
})
