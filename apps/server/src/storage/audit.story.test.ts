import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { engines, openTestStore, type TestStore } from '../../test/setup/engines.ts'
import { audit } from './audit.ts'

describe.each(engines)('audit log (%s)', (engine) => {
  let store: TestStore
  beforeAll(async () => {
    store = await openTestStore(engine)
  })
  afterAll(() => store.close())

  const entries = () => store.dialect.db.selectFrom('audit_log').selectAll().execute()

  it('records actor and action, in the same transaction', async () => {
    const { db } = store.dialect
    await db
      .transaction()
      .execute((trx) => audit(trx, { actor: 'key_1', action: 'connection.update', target: 'con_1', detail: { name: 'mail' }, requestId: 'r1', at: 1000 }))
    expect(await entries()).toEqual([
      {
        id: expect.stringMatching(/^aud_/),
        at: 1000,
        actor: 'key_1',
        action: 'connection.update',
        target: 'con_1',
        detail: '{"name":"mail"}',
        request_id: 'r1',
      },
    ])
  })

  it('records nothing for a change that was rolled back', async () => {
    const before = await entries()
    const failed = store.dialect.db.transaction().execute(async (trx) => {
      await audit(trx, { actor: 'root', action: 'user.delete', target: 'u1', at: 2000 })
      throw new Error('no')
    })
    await expect(failed).rejects.toThrow('no')
    expect(await entries()).toEqual(before)
  })
})
