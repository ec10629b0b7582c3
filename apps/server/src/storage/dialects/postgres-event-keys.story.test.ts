import type { KyselyPlugin } from 'kysely'
import { expect, it } from 'vitest'
import { openTestStore } from '../../../test/setup/engines.ts'
import { NOON } from '../../domain/testing/samples.ts'
import { inTransaction } from '../in-transaction.ts'

it('pruning leaves an expired key to the transaction that takes it over, and does not wait for it', async () => {
  const { dialect, close } = await openTestStore('postgres')
  const key = (high: number, at: number) => ({ high, low: 0, hash: 'h', body: `${high} at ${at}`, at })
  const none = Promise.resolve(new Set<ReturnType<typeof key>>())
  await inTransaction(dialect, (trx) => dialect.eventKeys.take(trx, [key(1, NOON), key(2, NOON), key(3, NOON)], 0, none))
  const stored = async () => (await dialect.db.selectFrom('event_keys').select(['high', 'at']).orderBy('high').orderBy('at').execute()).map(({ high }) => high)
  await inTransaction(dialect, async (trx) => {
    expect(await dialect.eventKeys.take(trx, [key(2, NOON + 2)], NOON + 1, none)).toEqual([])
    await dialect.eventKeys.prune(NOON + 1)
    // What others see by now: the expired one that is being replaced.
    expect(await stored()).toEqual([2])
  })
  expect(await stored()).toEqual([2])
  await close()
})

it('a key that is held costs one insert and one read', async () => {
  const { dialect, close } = await openTestStore('postgres')
  const row = { high: 1, low: 0, hash: 'h', body: 'first', at: NOON }
  const none = Promise.resolve(new Set<typeof row>())
  await inTransaction(dialect, (trx) => dialect.eventKeys.take(trx, [row], 0, none))
  let statements = 0
  const counting: KyselyPlugin = {
    transformQuery({ node }) {
      statements++
      return node
    },
    transformResult: async ({ result }) => result,
  }
  await inTransaction(dialect, async (trx) => {
    expect(await dialect.eventKeys.take(trx.withPlugin(counting), [{ ...row, body: 'second' }], 0, none)).toEqual([row])
  })
  expect(statements).toBe(2)
  await close()
})
