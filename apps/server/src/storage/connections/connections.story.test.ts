import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { engines, openTestStore, type TestStore } from '../../../test/setup/engines.ts'
import { healthy } from '../../connections/health.ts'
import { NOON } from '../../domain/testing/samples.ts'
import { aNewConnection, plainConnections } from '../testing/connections.ts'
import type { ConnectionStore } from './connections.ts'
import { createHealthStore } from './health-store.ts'

const BY = { actor: 'root', requestId: null }

describe.each(engines)('what is known against connections on %s', (engine) => {
  let store: TestStore
  let connections: ConnectionStore
  let ids: string[]
  beforeAll(async () => {
    store = await openTestStore(engine)
    connections = plainConnections(store.dialect, () => NOON)
    ids = [await connections.create(aNewConnection('One'), BY), await connections.create(aNewConnection('Two'), BY)]
  })
  beforeEach(async () => {
    const ill = [...ids, 'dst_ana'].map((target) => ({ ...healthy(target), failures: 3, initialFailureAt: NOON, lastError: 'down' }))
    await store.dialect.db.transaction().execute((trx) => createHealthStore(store.dialect).save(trx, ill, []))
  })
  afterAll(() => store.close())

  const known = async () => (await createHealthStore(store.dialect).all()).map(({ target }) => target).sort()

  it('is forgotten by a reset of one, and by nothing of the others', async () => {
    const [one, two] = ids
    expect(await connections.reset(one!, BY)).toBe(true)
    expect(await known()).toEqual([two, 'dst_ana'])
    expect((await connections.get(one!))?.health).toBeNull()
    expect((await connections.get(two!))?.health).toMatchObject({ failures: 3, lastError: 'down' })
  })

  it('stays when what is reset is no connection', async () => {
    expect(await connections.reset('dst_ana', BY)).toBe(false)
    expect(await known()).toEqual([...ids, 'dst_ana'])
  })

  it('goes with the one that is removed, and with no other', async () => {
    const [one, two] = ids
    expect(await connections.remove(one!, BY)).toBe(true)
    expect(await known()).toEqual([two, 'dst_ana'])
  })
})
