import { chmodSync, mkdtempSync, readFileSync, realpathSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { startTestHub, type TestHub } from '../../src/testing.ts'
import { createTestDatabase, engines, type TestDatabase } from '../setup/engines.ts'

describe.each(engines)('scripts (%s)', (engine) => {
  const folder = realpathSync(mkdtempSync(join(tmpdir(), 'carillon-scripts-')))
  const out = join(folder, 'out')
  let database: TestDatabase
  let hub: TestHub
  const connection = (path: string, name = path) => ({
    provider: 'script',
    name,
    personal: false,
    settings: { path },
    destination: {},
    events: [{ type: 'disk.full' }],
  })

  beforeAll(async () => {
    writeFileSync(join(folder, 'notify.sh'), `#!/bin/sh\necho "$carillon_eventtype $carillon_title $carillon_data_disk" >> '${out}'\n`)
    writeFileSync(join(folder, 'busy.sh'), '#!/bin/sh\nexit 75\n')
    for (const name of ['notify.sh', 'busy.sh']) chmodSync(join(folder, name), 0o755)
    database = await createTestDatabase(engine)
    hub = await startTestHub({ databaseUrl: database.url, env: { CARILLON_SCRIPTS_DIR: folder } })
    await hub.client().eventTypes.put('disk.full', { category: 'disks', templates: { default: { title: '{{ data.disk }} is full' } } })
  })
  afterAll(async () => {
    await hub.reconcile()
    await hub.stop()
    await database.remove()
    rmSync(folder, { recursive: true, force: true })
  })

  it('run for a shared connection, and every run is audited', async () => {
    const { id } = await hub.client().connections.create(connection('notify.sh'))
    const event = await hub.client().events.report({ type: 'disk.full', to: ['ana'], data: { disk: 'sda' } })
    await hub.settle()
    expect(readFileSync(out, 'utf8')).toBe('disk.full sda is full sda\n')
    const [delivery] = (await hub.client().deliveries.list({ event: event.id })).items
    expect(delivery).toMatchObject({ recipient: id, state: 'sent' })
    const { items } = await hub.client().audit.list()
    expect(items.find(({ action }) => action === 'script.run')).toMatchObject({
      actor: 'system',
      target: join(folder, 'notify.sh'),
      detail: { code: 0, ended: null, delivery: delivery!.id },
    })
    await hub.client().connections.delete(id)
  })

  it('are retried on exit code 75', async () => {
    const { id } = await hub.client().connections.create(connection('busy.sh'))
    const event = await hub.client().events.report({ type: 'disk.full', to: ['ana'], data: { disk: 'sdb' } })
    await hub.settle()
    expect((await hub.client().deliveries.list({ event: event.id })).items).toMatchObject([{ recipient: id, state: 'queued', attempts: 1 }])
    await hub.client().connections.delete(id)
  })

  it.each(['../outside.sh', '/bin/sh', 'missing.sh'])('cannot be %s: nothing is saved', async (path) => {
    await expect(hub.client().connections.create(connection(path, `bad ${path}`))).rejects.toMatchObject({
      status: 422,
      errors: [{ pointer: '/settings/path' }],
    })
    expect((await hub.client().connections.list()).items).toEqual([])
  })

  it('are off without a folder', async () => {
    const closed = await startTestHub()
    await expect(closed.client().connections.create(connection('notify.sh'))).rejects.toMatchObject({ status: 422, errors: [{ pointer: '/settings/path' }] })
    await closed.stop()
  })

  it('cause a warning at start when their folder is missing', async () => {
    const lines: string[] = []
    const other = await createTestDatabase(engine)
    const start = async (dir: string) =>
      (await startTestHub({ databaseUrl: other.url, env: { CARILLON_SCRIPTS_DIR: dir }, log: (line) => lines.push(line) })).stop()
    const warned = () => lines.filter((line) => line.includes('the folder CARILLON_SCRIPTS_DIR does not exist'))
    await start(folder)
    expect(warned()).toEqual([])
    await start(join(folder, 'nowhere'))
    expect(warned()).toHaveLength(1)
    await other.remove()
  })
})
