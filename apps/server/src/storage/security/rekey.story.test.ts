import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { engines, openTestStore, type TestStore } from '../../../test/setup/engines.ts'
import { newKey, newKeyCheck, parseKeyRing } from '../../security/secrets.ts'
import { keyCheck } from '../operations/checkup.ts'
import { keepFirstSetting } from '../operations/settings.ts'
import { idOf, insertEvent } from '../testing/rows.ts'
import { rekey } from './rekey.ts'

const old = newKey('old')
const [before, ring] = [parseKeyRing(old), parseKeyRing(`${newKey('new')},${old}`)]
const EVENT = idOf('evt', 'one')
const PLACE = `events|sensitive|${EVENT}`

describe.each(engines)('rekey beside a hub that writes (%s)', (engine) => {
  let store: TestStore
  beforeEach(async () => {
    store = await openTestStore(engine)
    await keepFirstSetting(store.dialect, 'key_check', newKeyCheck(before))
    await insertEvent(store.dialect, { id: EVENT, state: 'accepted', sensitive: before.encrypt('first', PLACE) })
  })
  afterEach(() => store.close())

  const write = (sensitive: string | null) => store.dialect.db.updateTable('events').set({ sensitive }).execute()
  const stored = async () => (await store.dialect.db.selectFrom('events').select('sensitive').executeTakeFirstOrThrow()).sensitive
  /** What another process does between the reading of a row and its replacement. */
  const meddled = (meddle: (time: number) => Promise<void>) => {
    let time = 0
    const at = (point: string) => (point === 'rekey.after_read' ? meddle(++time) : undefined)
    return rekey({ dialect: store.dialect, ring, clock: () => 0, by: { actor: 'test', requestId: null }, at })
  }

  it('never puts an earlier value over a later one', async () => {
    const outcome = await meddled(async (time) => void (time === 1 && (await write(before.encrypt('second', PLACE)))))
    expect(outcome).toEqual({ rows: { events: 1 }, lost: [], busy: false })
    expect(ring.isOutdated((await stored()) ?? '')).toBe(false)
    expect(ring.decrypt((await stored()) ?? '', PLACE)).toBe('second')
    expect(ring.isOutdated((await keyCheck(store.dialect)) ?? '')).toBe(false)
  })

  it('leaves what was deleted meanwhile', async () => {
    await meddled(async (time) => void (time === 1 && (await write(null))))
    expect(await stored()).toBeNull()
  })

  it('ends, and keeps the old key good, while a hub still writes with it', async () => {
    const outcome = await meddled(async () => void (await write(before.encrypt('again', PLACE))))
    expect(outcome).toMatchObject({ busy: true })
    expect(before.decrypt((await stored()) ?? '', PLACE)).toBe('again')
    expect(ring.isOutdated((await keyCheck(store.dialect)) ?? '')).toBe(true)
  })
})
