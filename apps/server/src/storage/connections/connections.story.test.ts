import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { engines, openTestStore, type TestStore } from '../../../test/setup/engines.ts'
import { healthy } from '../../connections/health.ts'
import { NOON } from '../../domain/testing/samples.ts'
import { aNewConnection, plainConnections } from '../testing/connections.ts'
import type { ConnectionStore } from './connections.ts'
import { createHealthStore } from './health-store.ts'

const BY = { actor: 'root', requestId: null }

describe.each(engines)('connection health records (%s)', (engine) => {
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

  it('are cleared by a reset of that connection, and not of others', async () => {
    const [one, two] = ids
    expect(await connections.reset(one!, BY)).toBe(true)
    expect(await known()).toEqual([two, 'dst_ana'])
    expect((await connections.get(one!))?.health).toBeNull()
    expect((await connections.get(two!))?.health).toMatchObject({ failures: 3, lastError: 'down' })
  })

  it('stay when an id is reset that is not a connection', async () => {
    expect(await connections.reset('dst_ana', BY)).toBe(false)
    expect(await known()).toEqual([...ids, 'dst_ana'])
  })

  it('are deleted with their connection, and not with others', async () => {
    const [one, two] = ids
    expect(await connections.remove(one!, BY)).toBe(true)
    expect(await known()).toEqual([two, 'dst_ana'])
  })
})
