import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { engines, openTestStore, type TestStore } from '../../../test/setup/engines.ts'
import { NOON } from '../../domain/testing/samples.ts'
import type { Wanted } from '../../pipeline/decide.ts'
import { inTransaction } from '../in-transaction.ts'
import { inOppositeOrders } from '../testing/opposite-orders.ts'
import { idOf } from '../testing/rows.ts'
import { claimDedup } from './dedup-keys.ts'

describe.each(engines)('dedup keys (%s)', (engine) => {
  let store: TestStore
  beforeAll(async () => {
    store = await openTestStore(engine)
  })
  afterAll(() => store.close())

  const claim = (...wanted: Wanted[]) =>
    inTransaction(store.dialect, async (trx) => claimDedup(store.dialect, await store.dialect.pipelined(trx), wanted, NOON))
  const wants = (label: string, recipients: string[], dedupKey: string | null = 'build-7', type = 'build.failed'): Wanted => ({
    event: { id: idOf('evt', label), type, dedupKey },
    recipients,
  })

  it('belong to one event of their type, for each recipient', async () => {
    expect(await claim(wants('a', ['ada']))).toEqual([new Set()])
    expect(await claim(wants('a', ['ada', 'bob']))).toEqual([new Set()])
    expect(await claim(wants('b', ['ada', 'cem']))).toEqual([new Set(['ada'])])
    expect(await claim(wants('c', ['ada'], 'build-7', 'build.passed'), wants('d', ['ada'], null), wants('e', []))).toEqual([new Set(), new Set(), new Set()])
  })

  it('of one group belong to its first event, and a later part of that event keeps them', async () => {
    const wanted = [wants('z', ['eve', 'con_1'], 'k'), wants('y', ['con_1', 'fay'], 'k'), wants('y', ['eve'], 'other'), wants('z', ['fay', 'con_1'], 'k')]
    expect(await claim(...wanted)).toEqual([new Set(), new Set(['con_1']), new Set(), new Set(['fay'])])
    expect(await claim(...wanted)).toEqual([new Set(), new Set(['con_1']), new Set(), new Set(['fay'])])
  })

  it('are claimed in one order: two groups that want the same keys in opposite orders do not each wait for the other', async () => {
    const keys = ['1', '2', '3']
    const group = (label: string, order: string[]) => claim(...order.map((key) => wants(label, ['gil'], key)))
    const answers = await inOppositeOrders(
      store.dialect,
      (trx) => claimDedup(store.dialect, trx, [wants('held', ['gil'], '2')], NOON),
      () => group('one', keys),
      () => group('other', keys.toReversed()),
    )
    expect(answers.map((all) => all.filter(({ size }) => size > 0).length).sort()).toEqual([1, 3])
  })
})
