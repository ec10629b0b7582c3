import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { engines, openTestStore, type TestStore } from '../../../test/setup/engines.ts'
import type { SecretFields } from '../../domain/secret-fields.ts'
import { NOON } from '../../domain/testing/samples.ts'
import { keepMasked, maskSecrets, openSecrets, sealSecrets } from '../../security/secret-fields.ts'
import { newKey, parseKeyRing } from '../../security/secrets.ts'
import { aNewConnection } from '../testing/connections.ts'
import { type ConnectionStore, createConnectionStore } from './connections.ts'
import { createKeptSecrets, type KeptSecretStore } from './kept-secrets.ts'

const BY = { actor: 'root', requestId: null }
const FORM = { settings: { properties: { refreshToken: { 'x-secret': true } } }, destination: {} }

describe.each(engines)('secrets that their vendor replaces (%s)', (engine) => {
  let store: TestStore
  let connections: ConnectionStore
  let kept: KeptSecretStore
  let id: string
  let made = 0
  beforeAll(async () => {
    store = await openTestStore(engine)
    const ring = parseKeyRing(newKey('k1'))
    const secrets: SecretFields = {
      seal: (schema, value, aad) => sealSecrets(ring, schema, value, aad),
      open: (schema, value, aad) => openSecrets(ring, schema, value, aad),
      mask: maskSecrets,
      keep: keepMasked,
    }
    const schemasOf = (provider: string) => (provider === 'gone' ? null : FORM)
    connections = createConnectionStore(store.dialect, secrets, schemasOf, () => NOON)
    kept = createKeptSecrets(store.dialect, secrets, schemasOf, () => NOON)
  })
  const given = (token: string) => ({ ...aNewConnection(`Mail ${made}`), settings: { refreshToken: token, host: 'mail.example' } })
  beforeEach(async () => {
    made++
    id = await connections.create(given('one'), BY)
  })
  afterAll(() => store.close())

  const row = () => store.dialect.db.selectFrom('connections').selectAll().where('id', '=', id).executeTakeFirstOrThrow()
  const audited = () => store.dialect.db.selectFrom('audit_log').selectAll().where('target', '=', id).orderBy('id').execute()

  it('are replaced where the expected one is stored, sealed, and the rest stays', async () => {
    expect(await kept.replace(id, 'refreshToken', 'one', 'two')).toBe(true)
    expect(await kept.read(id, 'refreshToken')).toBe('two')
    expect((await connections.get(id))?.settings).toEqual({ refreshToken: 'two', host: 'mail.example' })
    expect((await row()).settings).not.toMatch(/"(one|two)"/)
  })

  it('leave a line of the audit log without their value', async () => {
    await kept.replace(id, 'refreshToken', 'one', 'two')
    const lines = await audited()
    expect(lines.map(({ actor, action }) => `${actor} ${action}`)).toContain('system connection.secret_renewed')
    expect(JSON.stringify(lines)).not.toMatch(/"(one|two)"/)
  })

  it('are not replaced where another one is stored, or nothing', async () => {
    expect(await kept.replace(id, 'refreshToken', 'another', 'two')).toBe(false)
    expect(await kept.replace(id, 'absent', 'one', 'two')).toBe(false)
    expect(await kept.replace('con_none', 'refreshToken', 'one', 'two')).toBe(false)
    expect([await kept.read(id, 'refreshToken'), await kept.read(id, 'absent'), await kept.read('con_none', 'refreshToken')]).toEqual(['one', null, null])
    expect(await audited()).toHaveLength(1)
  })

  it('are replaced once by two nodes at the same moment', async () => {
    const done = await Promise.all(['two', 'three'].map((to) => kept.replace(id, 'refreshToken', 'one', to).catch(() => false)))
    expect(done.filter((one) => one)).toHaveLength(1)
    expect(await kept.read(id, 'refreshToken')).toBe(done[0] ? 'two' : 'three')
  })

  it('are not lost to a change that a person began before', async () => {
    const read = (await connections.get(id))!
    await kept.replace(id, 'refreshToken', 'one', 'two')
    expect(await connections.put(read, given('one'), BY)).toBe(false)
    const again = (await connections.get(id))!
    expect(await connections.put(again, given(String(again.settings['refreshToken'])), BY)).toBe(true)
    expect(await kept.read(id, 'refreshToken')).toBe('two')
  })
})
