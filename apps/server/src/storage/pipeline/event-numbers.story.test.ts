import { expect, it } from 'vitest'
import { engines, openTestStore } from '../../../test/setup/engines.ts'
import { plansOf } from '../testing/plans.ts'
import { idOf, insertEvents } from '../testing/rows.ts'
import { createEventNumbers } from './event-numbers.ts'

it.each(engines)('numbers of events are read once, and the last two thousand are kept (%s)', async (engine) => {
  const { dialect, close } = await openTestStore(engine)
  const [first, second] = [idOf('evt', 'first'), idOf('evt', 'second')]
  await insertEvents(dialect, [{ id: first }, { id: second }])
  const numbers = createEventNumbers(dialect)
  /** How many statements it takes to know the number. */
  const asked = async (id: string) => {
    const statements = await plansOf(dialect, async ({ db }) => expect((await numbers.of(db, [id])).get(id)).toBeGreaterThan(0))
    return statements.length
  }
  expect([await asked(first), await asked(second), await asked(first)]).toEqual([1, 1, 0])
  for (let n = 0; n < 1998; n++) numbers.remember(`evt_${n}`, n + 1)
  expect([await asked(first), await asked(second)], 'two thousand in all').toEqual([0, 0])
  numbers.remember('evt_last', 1)
  expect([await asked(second), await asked(first)], 'the oldest is gone').toEqual([0, 1])
  await close()
})
