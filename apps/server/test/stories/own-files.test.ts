import { execFile, spawn } from 'node:child_process'
import { chmod, mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { ENTRY } from '../setup/entry.ts'
import { until } from './world.ts'

/** The real command, started by a shell that gives everybody every right. */
const LAX = ['-c', 'umask 000; exec "$0" "$@"', process.execPath, ENTRY]

let root: string
let data: string
let env: Record<string, string>
beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'carillon-own-'))
  data = join(root, 'some', 'data')
  env = {
    PATH: process.env['PATH'] ?? '',
    PORT: '0',
    CARILLON_DATA_DIR: data,
    CARILLON_DATABASE_URL: `sqlite:${join(data, 'carillon.db')}`,
    CARILLON_DISK_FLOOR_MB: '1',
  }
})
afterEach(() => rm(root, { recursive: true, force: true }))

const command = (...args: string[]) => promisify(execFile)('/bin/sh', [...LAX, ...args], { env, cwd: root })
const rightsOf = async (path: string) => ((await stat(path)).mode & 0o777).toString(8)
const rights = async () => Object.fromEntries(await Promise.all((await readdir(data)).map(async (name) => [name, await rightsOf(join(data, name))] as const)))

/** Serves until it answers, looks, and stops it. */
async function whileServing(look: (pid: number) => Promise<void>): Promise<void> {
  const hub = spawn('/bin/sh', [...LAX, 'serve'], { env, cwd: root, stdio: ['ignore', 'pipe', 'inherit'] })
  const ended = new Promise((resolve) => void hub.once('exit', resolve))
  let said = ''
  hub.stdout.on('data', (chunk: Buffer) => {
    said += chunk.toString()
  })
  try {
    await until(() => said.includes('127.0.0.1'), 'the hub listens')
    await look(hub.pid ?? 0)
  } finally {
    hub.kill('SIGTERM')
    await ended
  }
}

it.skipIf(process.platform === 'win32')('the files of a hub are its user’s own under any umask, and so are those of a command', async () => {
  await whileServing(async (pid) => {
    // What it makes later (a backup, the files of a script) is its own as well.
    if (process.platform === 'linux') expect(await readFile(`/proc/${pid}/status`, 'utf8')).toMatch(/^Umask:\s+0077$/m)
    const found = await rights()
    expect(Object.keys(found)).toEqual(expect.arrayContaining(['carillon.db', 'carillon.db-wal', 'carillon.db-shm', 'carillon.db.lock', 'secret.key']))
    expect(new Set(Object.values(found)), JSON.stringify(found)).toEqual(new Set(['600']))
  })
  expect([await rightsOf(data), await rightsOf(join(root, 'some'))]).toEqual(['700', '700'])

  await rm(data, { recursive: true })
  await command('migrate')
  const found = await rights()
  expect(found['carillon.db']).toBe('600')
  expect(new Set(Object.values(found)), JSON.stringify(found)).toEqual(new Set(['600']))
  expect(await rightsOf(data)).toBe('700')
})

it.skipIf(process.platform === 'win32')('a database that others could read is tightened when it is opened', async () => {
  await command('migrate')
  await chmod(data, 0o755)
  for (const name of await readdir(data)) if (name !== 'secret.key') await chmod(join(data, name), 0o644)
  await writeFile(join(data, 'carillon.db-wal'), '', { flag: 'a', mode: 0o666 })
  await chmod(join(data, 'carillon.db-wal'), 0o666)
  await whileServing(async () => {
    const found = await rights()
    expect(new Set(Object.values(found)), JSON.stringify(found)).toEqual(new Set(['600']))
  })
  expect(await rightsOf(data), 'a folder that was there keeps its rights').toBe('755')
})
