import { mkdtempSync, realpathSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { sleepers } from '../testing/sleepers.ts'
import { runProgram } from './run.ts'

/** A PID namespace ends everything by itself, and not every system has one: without it the process group has to do. */
let alone = false
vi.mock('./isolation.ts', async (importOriginal) => {
  const { isolation } = await importOriginal<typeof import('./isolation.ts')>()
  return { isolation: () => (alone ? isolation() : Promise.resolve([])) }
})

let folder: string
beforeEach(() => {
  folder = realpathSync(mkdtempSync(join(tmpdir(), 'carillon-run-')))
})
afterEach(() => rmSync(folder, { recursive: true, force: true }))

function run(text: string, limitMs = 20_000) {
  const path = join(folder, 'script.sh')
  writeFileSync(path, `#!/bin/sh\n${text}\n`, { mode: 0o700 })
  return runProgram({ path, args: [], home: folder, env: { PATH: process.env['PATH'] ?? '' }, input: '', limitMs })
}
const gone = (seconds: string) => vi.waitFor(() => expect(sleepers(seconds)).toEqual([]), { timeout: 5_000, interval: 20 })

describe.each([
  ['in a PID namespace, where there is one', true],
  ['in a process group alone', false],
])('a program %s', { timeout: 20_000 }, (where, isolated) => {
  beforeEach(() => {
    alone = isolated
  })
  const mark = (n: number) => `3${n}.${process.pid}${isolated ? 1 : 0}`

  it('that hangs is ended with all that it has started', async () => {
    await expect(run(`sleep ${mark(1)} &\necho hanging\nwait`, 300), where).resolves.toMatchObject({ code: null, ended: 'timeout', output: 'hanging\n' })
    await gone(mark(1))
  })

  it('that does not want to end is ended all the same', async () => {
    await expect(run(`trap '' TERM\nsleep ${mark(2)} &\nwhile :; do sleep ${mark(2)}; done`, 300)).resolves.toMatchObject({ code: null, ended: 'timeout' })
    await gone(mark(2))
  })

  it('that ends leaves nothing behind', async () => {
    await expect(run(`sleep ${mark(3)} >/dev/null 2>&1 &\nexit 3`)).resolves.toMatchObject({ code: 3, ended: null })
    await gone(mark(3))
  })

  it('is heard, both in what it says and in what it complains of', async () => {
    const { output, code } = await run('echo said\necho complained >&2\nexit 7')
    expect([code, output.split('\n').sort()]).toEqual([7, ['', 'complained', 'said']])
  })

  it('is heard for 64 KiB and not a byte longer, and read to its end', async () => {
    const zeros = (count: number) => `head -c ${count} /dev/zero`
    // The few bytes of the other stream come as a piece of their own, just at the end of what is kept.
    const { output, code } = await run(`${zeros(65_535)}\necho complained >&2\n${zeros(3_000_000)}\nexit 7`)
    expect([code, output.length]).toEqual([7, 64 * 1024])
  })
})

it('rejects what cannot be started', async () => {
  alone = false
  const nowhere = { path: join(folder, 'nowhere'), args: [], home: folder, env: {}, input: '', limitMs: 1_000 }
  await expect(runProgram(nowhere)).rejects.toMatchObject({ code: 'ENOENT' })
})
