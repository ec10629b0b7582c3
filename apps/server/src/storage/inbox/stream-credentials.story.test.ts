import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { engines, openTestStore, type TestStore } from '../../../test/setup/engines.ts'
import type { Opener } from '../../domain/caller.ts'
import { MINUTE } from '../../domain/time.ts'
import { createCredentialCheck } from './stream-credentials.ts'

const NOW = 1_700_000_000_000
const token = (userId: string, epoch: string, expiresAt = NOW + 1): Opener => ({ userId, epoch, credential: { kind: 'user', epoch, expiresAt } })
const key = (keyId: string, userId = 'ana', epoch: string | null = 'e1'): Opener => ({ userId, epoch, credential: { kind: 'key', keyId } })

/** Who opened it -> the epoch with which it goes on; null: it ends. */
const TABLE: [name: string, opener: Opener, goesOn: string | null][] = [
  ['a user’s token', token('ana', 'e1'), 'e1'],
  ['a token at its expiry', token('ana', 'e1', NOW), null],
  ['a token of the user who had the id before', token('ana', 'e0'), null],
  ['a token from before there were epochs', token('ana', ''), null],
  ['a token of an inactive user', token('off', 'e1'), null],
  ['a token of a user who is not there', token('gone', 'e1'), null],
  ['a token of a user without an epoch', token('old', ''), ''],
  ['a key', key('key_good'), 'e1'],
  ['a revoked key', key('key_revoked'), null],
  ['an expired key', key('key_expired'), null],
  ['a key that is not there', key('key_none'), null],
  ['a key, for the user who had the id before', key('key_good', 'ana', 'e0'), null],
  ['a key, for an inactive user', key('key_good', 'off'), null],
  ['a key, for a user who has gone', key('key_good', 'gone'), null],
  ['a key, for a user who came after it asked', key('key_good', 'ana', null), 'e1'],
  ['this root key', key('root:this'), 'e1'],
  ['another root key', key('root:other'), null],
]

describe.each(engines)('credentials of streams (%s)', (engine) => {
  let store: TestStore
  beforeAll(async () => {
    store = await openTestStore(engine)
    const user = { email: null, name: null, locale: null, timezone: null, data: '{}', created_at: 1, updated_at: 1 }
    await store.dialect.db
      .insertInto('users')
      .values([
        { ...user, id: 'ana', active: 1, epoch: 'e1' },
        { ...user, id: 'off', active: 0, epoch: 'e1' },
        { ...user, id: 'old', active: 1, epoch: null },
      ])
      .execute()
    const row = { name: 'k', hash: 'h', scopes: '["act"]', created_at: 1, last_used_at: null, expires_at: NOW + MINUTE, revoked_at: null }
    await store.dialect.db
      .insertInto('api_keys')
      .values([
        { ...row, id: 'key_good', prefix: 'a' },
        { ...row, id: 'key_revoked', prefix: 'b', revoked_at: NOW - 1 },
        { ...row, id: 'key_expired', prefix: 'c', expires_at: NOW },
      ])
      .execute()
  })
  afterAll(() => store.close())

  it.each(TABLE)('%s', async (_name, opener, epoch) => {
    const check = createCredentialCheck(store.dialect, () => NOW, 'root:this')
    expect(await check(opener)).toEqual(epoch === null ? null : { ...opener, epoch })
  })

  it('a key goes on for a user who is not there yet, and the root key ends with its setting', async () => {
    const opener = key('key_good', 'to-come', null)
    expect(await createCredentialCheck(store.dialect, () => NOW, 'root:this')(opener)).toEqual(opener)
    expect(await createCredentialCheck(store.dialect, () => NOW, null)(key('root:this'))).toBeNull()
  })
})
