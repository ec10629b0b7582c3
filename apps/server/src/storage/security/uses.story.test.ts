import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { engines, openTestStore, type TestStore } from '../../../test/setup/engines.ts'
import { HOUR, MINUTE } from '../../domain/time.ts'
import { USE_LIMITS, type Use } from '../../domain/uses.ts'
import { openDialect } from '../open.ts'
import { createUseStore, type UseStore } from './uses.ts'

const START = Date.UTC(2026, 0, 5, 12)
const MOST = USE_LIMITS['code.address'].count
const one = (of: string): Use => ({ limit: 'code.address', of })

describe.each(engines)('uses of limits (%s)', (engine) => {
  let store: TestStore
  let uses: UseStore
  let now = START
  beforeAll(async () => {
    store = await openTestStore(engine)
    uses = createUseStore(store.dialect, () => now)
  })
  beforeEach(async () => {
    now = START
    await store.dialect.db.deleteFrom('limits_used').execute()
  })
  afterAll(() => store.close())

  const useUp = async (of: string) => {
    for (let n = 0; n < MOST; n++) expect(await uses.take([one(of)])).toBeNull()
  }
  const rows = () => store.dialect.db.selectFrom('limits_used').selectAll().orderBy('key').execute()

  it('are counted up to the limit, each address by itself', async () => {
    await useUp('ana')
    expect(await uses.take([one('ana')])).toEqual({ at: 0, until: START + HOUR })
    expect(await uses.take([one('ben')])).toBeNull()
  })

  it('begin again when the window has ended, which its refusals do not extend', async () => {
    await useUp('ana')
    now = START + HOUR - 1
    expect(await uses.take([one('ana')])).toEqual({ at: 0, until: START + HOUR })
    now = START + HOUR
    await useUp('ana')
    expect(await uses.take([one('ana')])).toEqual({ at: 0, until: START + 2 * HOUR })
  })

  it('begin again when the clock was ahead and is right now', async () => {
    now = START + 30 * 24 * HOUR
    await useUp('ana')
    now = START
    expect(await uses.take([one('ana')])).toBeNull()
  })

  it('are taken all or none: a refusal leaves every counter as it was', async () => {
    await useUp('ana')
    const before = await rows()
    expect(await uses.take([{ limit: 'code.user', of: 'mallory' }, one('ana'), one('ben')])).toEqual({ at: 1, until: START + HOUR })
    expect(await rows()).toEqual(before)
  })

  it('can be several at once, and never more than are left', async () => {
    const several = (times: number): Use => ({ ...one('ana'), times })
    expect(await uses.take([several(MOST + 1)])).toMatchObject({ at: 0 })
    expect(await rows()).toEqual([])
    expect(await uses.take([several(MOST - 1)])).toBeNull()
    expect(await uses.take([several(2)])).toMatchObject({ at: 0 })
    expect(await uses.take([several(1)])).toBeNull()
  })

  it('are shared by two nodes, also when all ask at the same moment', async () => {
    // A second process has a pool of its own; an SQLite file has one serving process.
    const other = engine === 'postgres' ? await openDialect(store.url) : null
    try {
      const nodes = [uses, other === null ? uses : createUseStore(other, () => now)]
      const given = Array.from({ length: 4 * MOST }, (_, n) =>
        nodes[n % 2]!.take(n % 3 === 0 ? [one('ana'), { limit: 'code.network', of: 'net' }] : [one('ana')]),
      )
      const answers = await Promise.all(given)
      expect(answers.filter((usedUp) => usedUp === null)).toHaveLength(MOST)
    } finally {
      await other?.close()
    }
  })

  it('are taken in one order: callers who name them in another never wait for each other', async () => {
    const [one, other]: Use[] = [
      { limit: 'code.network', of: 'one' },
      { limit: 'code.network', of: 'other' },
    ]
    const taken = await Promise.all(Array.from({ length: 40 }, (_, n) => uses.take(n % 2 === 0 ? [one!, other!] : [other!, one!])))
    expect(taken.filter((usedUp) => usedUp !== null)).toEqual([])
  })

  it('are stored without the address, and removed when their window has ended', async () => {
    await useUp('ana@example.com')
    await uses.take([{ limit: 'ticket.issue', of: 'ana' }])
    expect(JSON.stringify(await rows())).not.toContain('ana')
    now = START + MINUTE
    expect(await uses.prune()).toBe(1)
    now = START + HOUR
    expect(await uses.prune()).toBe(1)
    expect(await rows()).toEqual([])
  })
})
