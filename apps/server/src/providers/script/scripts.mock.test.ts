import { beforeEach, expect, it, vi } from 'vitest'
import type { ScriptResult } from '../kit/scripts.ts'
import { type Run, runProgram } from './run.ts'
import { createScripts, type ScriptRecord } from './scripts.ts'

vi.mock('./run.ts', () => ({ runProgram: vi.fn() }))
const program = vi.mocked(runProgram)

let audited: ScriptRecord[]
beforeEach(() => {
  audited = []
  program.mockReset()
})

const scripts = (limitMs?: number) =>
  createScripts({
    folder: '/scripts',
    audit: async (run) => void audited.push(run),
    failed: (what, error) => {
      throw new Error(what, { cause: error })
    },
    ...(limitMs === undefined ? {} : { limitMs }),
  })
const job = { path: '/scripts/page.sh', args: ['--now'], input: '{}', delivery: 'dlv_1', env: (home: string) => ({ HOME: home }) }

it.each<[what: string, result: ScriptResult]>([
  ['that ended by itself', { code: 3, ended: null, output: 'no', ms: 12.4 }],
  ['that took too long', { code: null, ended: 'timeout', output: '', ms: 30_000.2 }],
  ['that somebody else ended', { code: null, ended: 'signal', output: '', ms: 5 }],
])('keeps of a run %s how it ended', async (_what, result) => {
  program.mockResolvedValue(result)
  await expect(scripts().run(job)).resolves.toEqual(result)
  const { code, ended, ms } = result
  expect(audited).toEqual([{ path: '/scripts/page.sh', delivery: 'dlv_1', code, ended, ms: Math.round(ms) }])
})

it('keeps of a run that never began that it did not', async () => {
  program.mockRejectedValue(Object.assign(new Error('spawn ENOENT'), { code: 'ENOENT' }))
  await expect(scripts().run(job)).rejects.toMatchObject({ code: 'ENOENT' })
  expect(audited).toEqual([{ path: '/scripts/page.sh', delivery: 'dlv_1', code: null, ended: 'not_started', ms: 0 }])
})

it('gives a program half a minute, or what it is told, and a folder of its own', async () => {
  program.mockResolvedValue({ code: 0, ended: null, output: '', ms: 1 })
  await scripts().run(job)
  await scripts(200).run(job)
  await scripts(200).run({ ...job, limitMs: 100 })
  const runs = program.mock.calls.map(([run]): Run => run)
  expect(runs.map(({ limitMs }) => limitMs)).toEqual([30_000, 200, 100])
  for (const { path, args, input, home, env } of runs) expect([path, args, input, env]).toEqual(['/scripts/page.sh', ['--now'], '{}', { HOME: home }])
  expect(new Set(runs.map(({ home }) => home)).size).toBe(3)
})
