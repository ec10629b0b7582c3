import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createClient } from '@carillon/client'
import { afterEach, describe, expect, it } from 'vitest'
import { TEST_ROOT_KEY } from '../../src/testing.ts'
import { type HubProcess, startHubProcess } from '../chaos/hub-process.ts'
import { createTestDatabase, engines } from '../setup/engines.ts'
import { freePort } from '../setup/postgres.ts'

let open: (() => unknown)[] = []
afterEach(async () => {
  for (const close of open.reverse()) await close()
  open = []
})

describe.each(engines)('the SDK while the hub restarts (%s)', (engine) => {
  it('calls made before, during and after are answered, each once, whichever process answers', async () => {
    const [database, dataDir, port] = [await createTestDatabase(engine), await mkdtemp(join(tmpdir(), 'carillon-restart-')), await freePort()]
    open.push(database.remove, () => rm(dataDir, { recursive: true, force: true }))
    const start = (): HubProcess => {
      const hub = startHubProcess({ databaseUrl: database.url, dataDir, env: { PORT: String(port) } })
      open.push(async () => {
        hub.signal('SIGKILL')
        await hub.ended
      })
      return hub
    }
    const first = start()
    await first.address
    const hub = createClient({ baseUrl: `http://127.0.0.1:${port}`, token: TEST_ROOT_KEY })
    await hub.users.put('ana', {})
    const report = (title: string) => hub.events.notify({ to: ['ana'], title, body: '' })

    await report('before')
    first.signal('SIGTERM')
    const during = Array.from({ length: 20 }, (_, n) => report(`during ${n}`))
    await first.ended
    during.push(...Array.from({ length: 20 }, (_, n) => report(`between ${n}`)))
    await start().address
    await Promise.all(during)
    await report('after')

    const titles: unknown[] = []
    for await (const { data } of hub.events.all({ type: 'message' })) titles.push(data['title'])
    expect(titles).toHaveLength(42)
    expect(new Set(titles).size).toBe(42)
  })
})
