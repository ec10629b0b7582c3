import { chmodSync, existsSync, mkdirSync, mkdtempSync, type RmOptions, readFileSync, realpathSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import type { Message } from '../../domain/message.ts'
import { DeliveryError } from '../kit/delivery-error.ts'
import { createHttp } from '../kit/http.ts'
import { exampleMessage, NOW } from '../testing/message.ts'
import { sleepers } from '../testing/sleepers.ts'
import { isolation } from './isolation.ts'
import { script } from './script.ts'
import { createScripts, type ScriptRecord } from './scripts.ts'

// Root may write everywhere: what the system tells everybody else is said here.
vi.mock('node:fs/promises', async (importOriginal) => {
  const real = await importOriginal<typeof import('node:fs/promises')>()
  return {
    ...real,
    async rm(path: string, options: RmOptions) {
      for (const name of await real.readdir(path, { recursive: true }))
        if (name === 'stuck' || ((await real.stat(join(path, name))).mode & 0o200) === 0) throw Object.assign(new Error('EACCES'), { code: 'EACCES' })
      await real.rm(path, options)
    },
  }
})

const isolated = (await isolation()).length > 0

let folder: string
let runs: ScriptRecord[]
let troubles: string[]
beforeEach(() => {
  folder = realpathSync(mkdtempSync(join(tmpdir(), 'carillon-scripts-')))
  runs = []
  troubles = []
})
afterEach(() => rmSync(folder, { recursive: true, force: true }))

const put = (name: string, text: string, mode = 0o700) => {
  writeFileSync(join(folder, name), text)
  chmodSync(join(folder, name), mode)
}
const failed = (what: string) => void troubles.push(what)
const scripts = (limitMs = 20_000, audit = async (run: ScriptRecord) => void runs.push(run)) => createScripts({ folder, limitMs, audit, failed })
const send = (settings: { path: string; arguments?: string }, message: Partial<Message> = {}, limitMs?: number, door = scripts(limitMs)) =>
  script.send({
    settings,
    destination: {},
    message: exampleMessage(message),
    delivery: { id: 'dlv_1', attempt: 2, createdAt: NOW },
    http: createHttp(),
    clock: () => NOW,
    scripts: door,
  })
const refusal = async (...given: Parameters<typeof send>): Promise<DeliveryError> => {
  const error = await send(...given).catch((thrown: unknown) => thrown)
  if (!(error instanceof DeliveryError)) throw new Error(`expected a DeliveryError, got ${String(error)}`)
  return error
}

describe('a script that runs', () => {
  it('gets the message as JSON and as variables, its arguments as they were split, and nothing of ours', async () => {
    const out = join(folder, 'out')
    put('notify.sh', `#!/bin/sh\n{ cat; echo "args:$#:$1:$2"; env; pwd; } > '${out}'\n`)
    process.env['CARILLON_ROOT_KEY'] = 's3cret-root'
    const message = exampleMessage()
    message.event.data = { build: 7, inner: { 'a b': ['x', 'y'] }, gone: null }
    await expect(send({ path: 'notify.sh', arguments: '"$HOME; rm" \'*\'' }, message)).resolves.toEqual({})
    delete process.env['CARILLON_ROOT_KEY']
    const [json, ...rest] = readFileSync(out, 'utf8').split('\n')
    expect(JSON.parse(json!)).toMatchObject({ id: 'dlv_1', type: 'build.failed', title: 'Build 7 failed', body: 'main is red', data: { build: 7 } })
    expect(rest[0]).toBe('args:2:$HOME; rm:*')
    expect(rest).toEqual(
      expect.arrayContaining([
        'carillon_eventtype=build.failed',
        'carillon_title=Build 7 failed',
        'carillon_body=main is red',
        'carillon_severity=error',
        'carillon_tags=ci',
        'carillon_user=ana',
        'carillon_attempt=2',
        'carillon_data_build=7',
        'carillon_data_inner_a_b=x|y',
        'carillon_data_gone=',
      ]),
    )
    expect(rest.join('\n')).not.toContain('s3cret')
    expect(rest.filter((line) => line.startsWith('prowlarr_'))).toEqual([])
    expect(runs).toEqual([{ path: join(folder, 'notify.sh'), delivery: 'dlv_1', code: 0, ended: null, ms: expect.any(Number) }])
  })

  it('has its arguments split once for what was saved, not by every message', async () => {
    const given: unknown[] = []
    const result = { code: 0, ended: null, output: '', ms: 1 }
    const run = async ({ args }: { args: readonly string[] }) => {
      given.push(args)
      return result
    }
    const door = { find: () => ({ path: '/x' }), run }
    const saved = Object.freeze({ path: 'x', arguments: '-v "a b"' })
    for (const settings of [saved, saved, { ...saved, arguments: '-q' }]) await send(settings, {}, undefined, door)
    expect(given).toEqual([['-v', 'a b'], ['-v', 'a b'], ['-q']])
    expect(given[0]).toBe(given[1])
  })

  it('may leave its input unread, however long, and finds what is too long for a variable there', async () => {
    const out = join(folder, 'out')
    put('deaf.sh', '#!/bin/sh\nexit 0\n')
    put('size.sh', `#!/bin/sh\nwc -c > '${out}'\nenv | grep -c ^carillon_body= >> '${out}'\nexit 0\n`)
    const text = 'x'.repeat(1_000_000)
    await send({ path: 'deaf.sh' }, { text })
    await send({ path: 'size.sh' }, { text })
    const [size, set] = readFileSync(out, 'utf8').trim().split('\n')
    expect(Number(size)).toBeGreaterThan(1_000_000)
    expect(set).toBe('0')
  })

  it('may say much: what is beyond 64 KiB is thrown away, and its code counts', async () => {
    put('wordy.sh', '#!/bin/sh\nhead -c 3000000 /dev/zero | tr "\\0" x\nexit "$1"\n')
    await expect(send({ path: 'wordy.sh', arguments: '0' })).resolves.toEqual({})
    const { message } = await refusal({ path: 'wordy.sh', arguments: '1' })
    expect(message).toMatch(/^The script ended with code 1: x+…$/)
    expect(message.length).toBeLessThan(250)
  })

  it('finds every field of the data under a name that a shell can read, and never more than the system takes', async () => {
    const out = join(folder, 'out')
    put('env.sh', `#!/bin/sh\nenv > '${out}'\n`)
    const message = exampleMessage({ text: 'a\u0000b\nc' })
    message.event.data = {
      'Disk Name=x': 'sda\u0000',
      list: [1, { a: 'b' }, null, true],
      nested: { Deep: { é: 1 } },
      ...Object.fromEntries(Array.from({ length: 100 }, (_, i) => [`big${i}`, 'ü'.repeat(10_000)])),
    }
    await expect(send({ path: 'env.sh' }, message)).resolves.toEqual({})
    const environment = readFileSync(out, 'utf8')
    expect(environment.split('\n')).toEqual(
      expect.arrayContaining([
        'carillon_body=ab',
        'c',
        'carillon_data_disk_name_x=sda',
        'carillon_data_list=1|{"a":"b"}|null|true',
        'carillon_data_nested_deep__=1',
        expect.stringMatching(/^carillon_data_big0=ü{10000}$/),
      ]),
    )
    expect(Buffer.byteLength(environment)).toBeLessThan(110_000)
  })

  it.each([
    [75, 'temporary', 'exit_75'],
    [1, 'rejected', 'exit_1'],
    [3, 'rejected', 'exit_3'],
    [126, 'misconfigured', 'exit_126'],
  ])('says by its code %i what becomes of the delivery: %s', async (code, failure, name) => {
    put('fails.sh', `#!/bin/sh\necho one\necho 'no route to the pager' >&2\nexit ${code}\n`)
    expect(await refusal({ path: 'fails.sh' })).toMatchObject({ failure, code: name, status: code, maybeDelivered: false })
    expect((await refusal({ path: 'fails.sh' })).message).toBe(`The script ended with code ${code}: no route to the pager`)
    expect(runs.map((run) => run.code)).toEqual([code, code])
  })

  it('is the operator’s to mend when its interpreter is not there', async () => {
    put('crlf.sh', '#!/bin/nowhere\n')
    expect(await refusal({ path: 'crlf.sh' })).toMatchObject({ failure: 'misconfigured' })
    expect(runs).toHaveLength(1)
  })
})

describe('a script that has ended', () => {
  it('stays so when nobody can write down that it ran', async () => {
    put('notify.sh', '#!/bin/sh\n')
    const busy = scripts(undefined, () => Promise.reject(new Error('SQLITE_BUSY')))
    await expect(send({ path: 'notify.sh' }, {}, undefined, busy)).resolves.toEqual({})
    expect(troubles).toEqual(['the audit of a script'])
  })

  it('may leave a folder that only reads', async () => {
    const out = join(folder, 'out')
    put('locks.sh', `#!/bin/sh\npwd > '${out}'\nmkdir -p a/b && touch a/b/c && chmod 500 a/b a\n`)
    await expect(send({ path: 'locks.sh' })).resolves.toEqual({})
    expect(existsSync(readFileSync(out, 'utf8').trim())).toBe(false)
    expect([runs, troubles]).toMatchObject([[{ code: 0, ended: null }], []])
  })

  it('stays so when what it left cannot be removed', async () => {
    const out = join(folder, 'out')
    put('stuck.sh', `#!/bin/sh\npwd > '${out}'\ntouch stuck\n`)
    await expect(send({ path: 'stuck.sh' })).resolves.toEqual({})
    expect([runs, troubles]).toMatchObject([[{ code: 0, ended: null }], ['removing the folder of a script']])
    rmSync(readFileSync(out, 'utf8').trim(), { recursive: true })
  })
})

describe('a script that will not end', { timeout: 20_000 }, () => {
  it('is ended with its whole group, even when it does not want to be', async () => {
    const mark = `61${process.pid}`
    put('hang.sh', `#!/bin/sh\ntrap '' TERM\nsleep ${mark} &\necho hanging\nwait\nsleep ${mark}\n`)
    expect(await refusal({ path: 'hang.sh' }, {}, 200)).toMatchObject({ failure: 'temporary', code: 'timeout', maybeDelivered: true })
    expect(runs).toMatchObject([{ code: null, ended: 'timeout' }])
    const hurried = { path: join(folder, 'hang.sh'), args: [], input: '', delivery: 'dlv_2', env: () => ({}), limitMs: 200 }
    expect(await scripts().run(hurried)).toMatchObject({ code: null, ended: 'timeout' })
    expect(runs[1]).toMatchObject({ delivery: 'dlv_2', code: null, ended: 'timeout' })
    expect(sleepers(mark)).toEqual([])
  })

  it.runIf(isolated)('takes with it what left its group by setsid', async () => {
    // Inside the namespace the process has another number, so it shows itself by what its command line says.
    const mark = `60${process.pid}`
    put('escape.sh', `#!/bin/sh\nsetsid sleep ${mark} >/dev/null 2>&1 &\necho started\nsleep 600\n`)
    const running = refusal({ path: 'escape.sh' }, {}, 1_000)
    await vi.waitFor(() => expect(sleepers(mark)).not.toEqual([]), { timeout: 5_000, interval: 20 })
    expect(await running).toMatchObject({ code: 'timeout' })
    await vi.waitFor(() => expect(sleepers(mark)).toEqual([]), { timeout: 5_000, interval: 20 })
  })

  it('is not waited for when only what it left behind still runs', async () => {
    put('daemon.sh', '#!/bin/sh\nsetsid sleep 601 &\nsleep 602 &\nexit 0\n')
    await expect(send({ path: 'daemon.sh' })).resolves.toEqual({})
  })

  it('drowns nobody in words', async () => {
    put('loud.sh', '#!/bin/sh\nyes carillon\n')
    expect(await refusal({ path: 'loud.sh' }, {}, 300)).toMatchObject({ failure: 'temporary', code: 'timeout' })
    expect(runs).toMatchObject([{ code: null, ended: 'timeout' }])
  })
})

describe('which files may run', () => {
  const problems = (path: string, args?: string) =>
    script
      .check({ settings: { path, ...(args === undefined ? {} : { arguments: args }) } }, { scripts: scripts() })
      .map(({ pointer, message }) => `${pointer} ${message}`)

  it('a name and an absolute path inside the folder', () => {
    put('notify.sh', '#!/bin/sh\n')
    symlinkSync(join(folder, 'notify.sh'), join(folder, 'alias'))
    expect(problems('notify.sh', '--to "the team"')).toEqual([])
    expect(problems(join(folder, 'notify.sh'))).toEqual([])
    expect(problems('alias')).toEqual([])
  })

  it('no other', async () => {
    put('plain.txt', 'x', 0o600)
    put('notify.sh', '#!/bin/sh\n')
    symlinkSync('/bin/sh', join(folder, 'link'))
    expect(problems('../sh')).toEqual([expect.stringMatching(/^\/settings\/path must be the name/)])
    expect(problems('..')).toHaveLength(1)
    expect(problems('sub/notify.sh')).toHaveLength(1)
    expect(problems('/bin/sh')).toEqual(['/settings/path leads out of the scripts folder'])
    expect(problems(`${folder}/../../bin/sh`)).toHaveLength(1)
    expect(problems('link')).toEqual(['/settings/path leads out of the scripts folder'])
    expect(problems('missing.sh')).toEqual(['/settings/path does not exist in the scripts folder'])
    expect(problems(folder)).toHaveLength(1)
    expect(problems('plain.txt')).toEqual(['/settings/path is not executable'])
    expect(problems('notify.sh', '"open')).toEqual([expect.stringMatching(/^\/settings\/arguments /)])
    expect(await refusal({ path: 'link' })).toMatchObject({ failure: 'misconfigured', code: 'script' })
    expect(runs).toEqual([])
  })

  it.each([
    ['its group', 0o775],
    ['anybody', 0o757],
  ])('none that %s may write, nor one in a folder like that', (_who, mode) => {
    mkdirSync(join(folder, 'inner'))
    put('inner/notify.sh', '#!/bin/sh\n', mode)
    const path = join(folder, 'inner', 'notify.sh')
    expect(problems(path)).toEqual([expect.stringContaining('path is writable by group or others')])
    chmodSync(path, 0o755)
    expect(problems(path)).toEqual([])
    const open = [expect.stringContaining('lies in a folder that is writable by group or others')]
    chmodSync(join(folder, 'inner'), mode)
    expect(problems(path)).toEqual(open)
    chmodSync(join(folder, 'inner'), 0o755)
    chmodSync(folder, mode)
    expect(problems(path)).toEqual(open)
  })

  it.each([
    ['setuid', 0o4755],
    ['setgid', 0o2755],
  ])('none with the rights of somebody else: %s', async (_what, mode) => {
    put('other.sh', '#!/bin/sh\n', mode)
    chmodSync(join(folder, 'other.sh'), mode)
    expect(problems('other.sh')).toEqual([expect.stringContaining('path runs with the rights of its owner or group (setuid, setgid); run `chmod ug-s` on it')])
    expect(await refusal({ path: 'other.sh' })).toMatchObject({ failure: 'misconfigured', code: 'script' })
    expect(runs).toEqual([])
    chmodSync(join(folder, 'other.sh'), 0o755)
    expect(problems('other.sh')).toEqual([])
  })

  it('none while scripts are off', async () => {
    expect(script.check({ settings: { path: 'notify.sh' } }, {})).toEqual([
      { pointer: '/settings/path', message: expect.stringContaining('CARILLON_SCRIPTS_DIR') },
    ])
    const delivery = { id: 'd', attempt: 1, createdAt: NOW }
    const job = { settings: { path: 'x' }, destination: {}, message: exampleMessage(), delivery, http: createHttp(), clock: () => NOW }
    await expect(script.send(job)).rejects.toMatchObject({ failure: 'misconfigured' })
  })
})
