import { execFile } from 'node:child_process'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createClient } from '@carillon/client'
import { describe, expect, it, onTestFinished } from 'vitest'
import { TEST_ROOT_KEY } from '../../src/testing.ts'
import { ENVIRONMENT, startHubProcess } from '../chaos/hub-process.ts'
import { createTestDatabase, engines } from '../setup/engines.ts'
import { ENTRY } from '../setup/entry.ts'

/** One command of the bundle; what it said, and its code. */
const carillon = (env: Record<string, string>, ...args: string[]): Promise<{ code: number; said: string }> =>
  new Promise((resolve) => {
    execFile(process.execPath, [ENTRY, ...args], { env: { PATH: process.env['PATH'] ?? '', ...ENVIRONMENT, ...env } }, (error, out, err) =>
      resolve({ code: error === null ? 0 : Number(error.code), said: `${out}${err}` }),
    )
  })

describe.each(engines)('bundle: commands on %s', (engine) => {
  it('migrate, doctor, backup and restore', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'carillon-bundle-'))
    const [database, other] = [await createTestDatabase(engine, { empty: true }), await createTestDatabase(engine, { empty: true })]
    onTestFinished(async () => void (await Promise.all([database.remove(), other.remove(), rm(folder, { recursive: true, force: true })])))
    const env = { CARILLON_DATABASE_URL: database.url, CARILLON_DATA_DIR: folder }
    expect(await carillon(env, 'migrate')).toMatchObject({ code: 0 })

    const hub = startHubProcess({ databaseUrl: database.url, dataDir: folder })
    onTestFinished(async () => {
      hub.signal('SIGKILL')
      await hub.ended
    })
    const address = await hub.address
    await createClient({ baseUrl: address, token: TEST_ROOT_KEY }).topics.put('news', { name: 'News' })
    expect((await carillon({ ...env, CARILLON_BASE_URL: address }, 'doctor')).said).toContain('database')
    const backup = join(folder, 'the.backup')
    expect(await carillon(env, 'backup', backup)).toMatchObject({ code: 0 })

    const there = { ...env, CARILLON_DATABASE_URL: other.url }
    expect(await carillon(there, 'restore', backup)).toMatchObject({ code: 0, said: expect.stringContaining('Sending is held') })
    expect(await carillon(there, 'restore', 'confirm')).toMatchObject({ code: 0 })
    expect(await carillon(there, '--version')).toMatchObject({ code: 0, said: expect.stringMatching(/^\d+\.\d+\.\d+ \(.+\)\n$/) })
  })
})
