import { type ChildProcess, spawn, spawnSync } from 'node:child_process'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, it, onTestFinished, vi } from 'vitest'
import { newKey } from '../../src/security/secrets.ts'
import { TEST_ROOT_KEY } from '../../src/testing.ts'
import { createTestDatabase, engines } from '../setup/engines.ts'
import { ENTRY } from '../setup/entry.ts'
import { freePort } from '../setup/postgres.ts'
import { until } from './world.ts'

const ROOT = join(import.meta.dirname, '../../../..')

interface Started {
  pid: number
  out(): string
  err(): string
  ended: Promise<{ code: number | null; signal: NodeJS.Signals | null }>
  signal(name: NodeJS.Signals): void
}

/** A real process with an environment of its own: nothing of the developer's shell, and no leftover after the test. */
function start(command: string, args: string[], env: Record<string, string>, cwd = ROOT): Started {
  // A group of its own, as a terminal gives it.
  const child: ChildProcess = spawn(command, args, { cwd, detached: true, env: { PATH: process.env['PATH'], HOME: process.env['HOME'], ...env } })
  const [out, err]: string[][] = [[], []]
  child.stdout?.on('data', (text) => out?.push(String(text)))
  child.stderr?.on('data', (text) => err?.push(String(text)))
  const ended = new Promise<{ code: number | null; signal: NodeJS.Signals | null }>((resolve) =>
    child.once('close', (code, signal) => resolve({ code, signal })),
  )
  const pid = child.pid ?? 0
  onTestFinished(async () => {
    try {
      process.kill(-pid, 'SIGKILL')
    } catch {} // it ended
    await ended
  })
  return { pid, out: () => out?.join('') ?? '', err: () => err?.join('') ?? '', ended, signal: (name) => void child.kill(name) }
}

const serve = (env: Record<string, string>, args: string[] = []) => start(process.execPath, [ENTRY, 'serve', ...args], env)

/** A start takes seconds on a busy machine, and those by npm more. */
const ready = (hub: Started): Promise<void> => vi.waitFor(() => expect(`${hub.out()}${hub.err()}`).toContain('Carillon is ready'), { timeout: 45_000 })

async function newFolder(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'carillon-start-'))
  onTestFinished(() => rm(folder, { recursive: true, force: true }))
  return folder
}

const settings = (folder: string, more: Record<string, string> = {}) => ({
  PORT: '0',
  CARILLON_DATA_DIR: folder,
  CARILLON_ROOT_KEY: TEST_ROOT_KEY,
  CARILLON_DISK_FLOOR_MB: '1',
  ...more,
})

/** Ends with 1, one sentence on standard error and a line in the log, both without a stack. */
async function expectRefusal(hub: Started, ...parts: (string | RegExp)[]): Promise<void> {
  expect(await hub.ended).toEqual({ code: 1, signal: null })
  for (const part of parts) expect(hub.err()).toMatch(part)
  expect(hub.err().trim().split('\n')).toHaveLength(1)
  expect(`${hub.err()}${hub.out()}`).not.toMatch(/^\s+at |"stack"/m)
  expect(hub.out()).toContain('"level":"fatal"')
  expect(hub.out()).not.toContain('Carillon is ready')
}

async function takenPort(): Promise<number> {
  const port = await freePort()
  const other = createServer().listen(port, '127.0.0.1')
  await new Promise((resolve) => other.once('listening', resolve))
  onTestFinished(() => void other.close())
  return port
}

const answers = (port: number) =>
  fetch(`http://127.0.0.1:${port}/health/live`).then(
    ({ status }) => status === 200,
    () => false,
  )

describe.each(engines)('a hub that cannot listen (%s)', (engine) => {
  it('because its port is taken: it ends, says so, and another one can have its database at once', async () => {
    const { url, remove } = await createTestDatabase(engine)
    onTestFinished(remove)
    const [folder, port] = [await newFolder(), await takenPort()]
    const env = settings(folder, { PORT: String(port), CARILLON_DATABASE_URL: url, CARILLON_SECRET_KEY: newKey('main') })
    await expectRefusal(serve(env), /PORT: .*127\.0\.0\.1:\d+.* set PORT/, String(port))
    const other = serve({ ...env, PORT: '0' })
    await ready(other)
    other.signal('SIGTERM')
    expect(await other.ended).toEqual({ code: 0, signal: null })
  })
})

describe('a start that fails says why', () => {
  it('an address that this machine does not have', async () => {
    await expectRefusal(serve(settings(await newFolder(), { HOST: '192.0.2.1' })), /HOST: this machine has no address 192\.0\.2\.1/)
  })

  it('a proxy that is no address: the configuration is refused as a whole, before anything is opened', async () => {
    const folder = await newFolder()
    const hub = serve(settings(join(folder, 'data'), { CARILLON_TRUST_PROXY: 'maybe', CARILLON_LEASE_SECONDS: 'long' }))
    expect(await hub.ended).toEqual({ code: 1, signal: null })
    expect(hub.err()).toMatch(/CARILLON_TRUST_PROXY: .*"maybe"/)
    expect(hub.err()).toMatch(/CARILLON_LEASE_SECONDS .*"long"/)
    await expect(rm(join(folder, 'data'), { recursive: true })).rejects.toThrow('ENOENT')
  })

  it('a data folder below a regular file', async () => {
    const file = join(await newFolder(), 'file')
    await writeFile(file, '')
    await expectRefusal(serve(settings(join(file, 'data'))), file, 'a file and not a folder', 'CARILLON_DATA_DIR')
  })

  it('PostgreSQL that is away, refuses the password, or has no such database', async () => {
    const { url, remove } = await createTestDatabase('postgres', { empty: true })
    onTestFinished(remove)
    const folder = await newFolder()
    const on = (change: (target: URL) => void) => {
      const target = new URL(url)
      change(target)
      return serve(settings(folder, { CARILLON_DATABASE_URL: target.href, CARILLON_SECRET_KEY: newKey('main') }))
    }
    const port = await freePort()
    const { password } = new URL(url)
    const [away, wrong, none] = [
      on((target) => {
        target.port = String(port)
      }),
      on((target) => {
        target.username = 'nobody'
      }),
      on((target) => {
        target.pathname = '/no_such_database'
      }),
    ]
    await expectRefusal(away, 'CARILLON_DATABASE_URL', `127.0.0.1:${port}`, 'connection refused', 'Start PostgreSQL')
    await expectRefusal(wrong, 'CARILLON_DATABASE_URL', 'nobody')
    await expectRefusal(none, 'CARILLON_DATABASE_URL', 'no database "no_such_database"', 'createdb')
    for (const { out, err } of [away, wrong, none]) expect(out() + err()).not.toContain(password)
  })

  it('a key that does not open the database, and a key file that is damaged; neither key is printed', async () => {
    const folder = await newFolder()
    const first = serve(settings(folder))
    await ready(first)
    first.signal('SIGTERM')
    await first.ended
    const other = newKey('spare')
    const wrong = serve(settings(folder, { CARILLON_SECRET_KEY: other }))
    await expectRefusal(wrong, 'CARILLON_SECRET_KEY', 'key "main"', 'key "spare"')
    await writeFile(join(folder, 'secret.key'), 'no key at all\n')
    const damaged = serve(settings(folder))
    await expectRefusal(damaged, join(folder, 'secret.key'), 'entry 1')
    for (const { out, err } of [wrong, damaged])
      expect(out() + err()).not.toMatch(new RegExp(`no key at all|${other.split(':')[1]?.slice(0, 20).replaceAll('+', '\\+')}`))
  })

  it('a configuration in code that is missing or does not parse', async () => {
    const folder = await newFolder()
    const file = join(folder, 'mine.config.ts')
    await expectRefusal(serve(settings(folder), ['--config', file]), '--config', file, 'does not exist')
    await writeFile(file, 'export default {\n  packs: [ nope nope ]\n}\n')
    await expectRefusal(serve(settings(folder), ['--config', file]), `${file}:2`)
  })

  it('a setting that is mistyped is named, with the one that was meant, and the hub starts', async () => {
    const hub = serve(settings(await newFolder(), { CARILLON_OUTBOUND_ALOW: '10.0.0.0/8' }))
    await ready(hub)
    expect(hub.out()).toContain('CARILLON_OUTBOUND_ALOW is no setting of Carillon and is ignored; did you mean CARILLON_OUTBOUND_ALLOW?')
  })
})

describe('a start with little space', () => {
  it('below the floor: a warning with the free space, the floor and the folder; the health says it, and events are refused', async () => {
    const folder = await newFolder()
    const hub = serve(settings(folder, { CARILLON_DISK_FLOOR_MB: '1000000' }))
    await ready(hub)
    await until(() => hub.out().includes('no event is accepted'), hub.out())
    expect(hub.out()).toMatch(
      /"level":"warn".*no event is accepted: \d+ MiB free; below 1000000 MiB no event is accepted \(CARILLON_DISK_FLOOR_MB\)\. Free space in /,
    )
    expect(hub.out()).toContain(`Free space in ${folder}, or lower the floor`)
    const address = /"address":"(http:[^"]+)"/.exec(hub.out())?.[1] ?? ''
    const health = await fetch(`${address}/v1/health`, { headers: { authorization: `Bearer ${TEST_ROOT_KEY}` } })
    expect(await health.json()).toMatchObject({
      status: 'failing',
      checks: expect.arrayContaining([{ name: 'disk', status: 'failing', detail: expect.stringMatching(/MiB free; below 1000000 MiB no event is accepted/) }]),
    })
    hub.signal('SIGTERM')
    expect(await hub.ended).toEqual({ code: 0, signal: null })
  })

  it('on a disk that takes no more bytes: one sentence with the file', async () => {
    const folder = await newFolder()
    // A limit on the size of files, in blocks of 512 bytes: every write beyond it fails as on a full disk.
    const env = settings(folder)
    const hub = start('sh', ['-c', `ulimit -f 8; exec "${process.execPath}" "${ENTRY}" serve`], env)
    await expectRefusal(hub, folder, 'CARILLON_DATA_DIR or CARILLON_DATABASE_URL')

    // A disk that is really full, where this user may mount one.
    const disk = await newFolder()
    if (spawnSync('sh', ['-c', `mount -t tmpfs -o size=64k tmpfs ${disk}`]).status !== 0) return
    onTestFinished(() => void spawnSync('sh', ['-c', `umount ${disk}`]))
    await expectRefusal(serve(settings(disk)), disk, 'the disk is full', 'CARILLON_DATA_DIR or CARILLON_DATABASE_URL')
  })
})

describe('a hub that was started by npm', () => {
  const byNpm = { NO_UPDATE_NOTIFIER: '1', npm_config_update_notifier: 'false', npm_config_loglevel: 'error' }

  it.each([
    ['npm start', ['npm', 'start'], 'SIGTERM'],
    ['npx carillon serve', ['npx', 'carillon', 'serve'], 'SIGTERM'],
    ['npm start, and npm is killed', ['npm', 'start'], 'SIGKILL'],
  ] as const)('%s: it stops in an orderly way when npm is asked to, and gives back its port', async (_what, [command, ...args], signal) => {
    const port = await freePort()
    const hub = start(command, [...args], { ...settings(await newFolder(), { PORT: String(port) }), ...byNpm })
    await ready(hub)
    expect(await answers(port)).toBe(true)
    hub.signal(signal)
    await until(async () => !(await answers(port)), `a hub that has stopped:\n${hub.out()}`)
    await hub.ended
    expect(hub.out()).toContain('"msg":"stopped"')
  })

  it('Ctrl-C reaches it twice, from the terminal and from npm: that is one request, and it stops in an orderly way', async () => {
    const hub = start('npm', ['start'], { ...settings(await newFolder()), ...byNpm })
    await ready(hub)
    process.kill(-hub.pid, 'SIGINT')
    await hub.ended
    expect(hub.out()).toContain('"msg":"stopped"')
  })

  it('npm run demo ends with npm', async () => {
    const demo = start('npm', ['run', 'demo'], byNpm)
    await vi.waitFor(() => expect(`${demo.out()}${demo.err()}`).toContain('Ctrl-C ends it'), { timeout: 45_000 })
    const address = /http:\/\/127\.0\.0\.1:\d+/.exec(demo.out())?.[0] ?? ''
    expect((await fetch(`${address}/health/live`)).status).toBe(200)
    demo.signal('SIGTERM')
    await demo.ended
    await expect(fetch(`${address}/health/live`)).rejects.toThrow()
  })
})

it('SIGHUP, as a closed terminal sends it, stops a hub in an orderly way', async () => {
  const hub = serve(settings(await newFolder()))
  await ready(hub)
  hub.signal('SIGHUP')
  expect(await hub.ended).toEqual({ code: 0, signal: null })
  expect(hub.out()).toContain('"msg":"stopped"')
})

it('a start that waits for its database stops at once when it is asked to', async () => {
  // ErrorResponse: cannot_connect_now, https://www.postgresql.org/docs/current/protocol-message-formats.html
  const words = Buffer.from('SFATAL\0VFATAL\0C57P03\0Mthe database system is starting up\0\0')
  const size = Buffer.alloc(4)
  size.writeInt32BE(words.length + 4)
  const starting = createServer((socket) => socket.on('error', () => {}).once('data', () => socket.end(Buffer.concat([Buffer.from('E'), size, words]))))
  const port = await freePort()
  await new Promise<void>((resolve) => starting.listen(port, '127.0.0.1', resolve))
  onTestFinished(() => void starting.close())
  const hub = serve(settings(await newFolder(), { CARILLON_DATABASE_URL: `postgres://hub:secret@127.0.0.1:${port}/hub`, CARILLON_SECRET_KEY: newKey('main') }))
  await until(() => hub.out().includes('PostgreSQL is still starting'), 'a hub that waits')
  hub.signal('SIGTERM')
  expect(await hub.ended).toEqual({ code: 0, signal: null })
  expect(hub.out()).toContain('stopped before the start was complete')
})
