import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { expect, it } from 'vitest'

const MAIN = join(import.meta.dirname, '../../demo/demo.mjs')

async function demo(...args: string[]): Promise<{ code: number; out: string }> {
  const child = spawn(process.execPath, [MAIN, ...args], { stdio: ['ignore', 'pipe', 'inherit'] })
  let out = ''
  child.stdout.on('data', (chunk: Buffer) => {
    out += chunk.toString()
  })
  const [code] = await once(child, 'close')
  return { code, out }
}

it('exits with 0 when exactly the expected messages arrived, in at most 100 columns', async () => {
  const { code, out } = await demo('--once')
  expect(code, out).toBe(0)
  expect(out).toContain('Everything that was promised has arrived, and nothing else.')
  expect(out).toMatch(/Ben +✓ web #418 failed +· route_off +· no_destination/)
  expect(out).toContain('Ben · email · skipped: route_off')
  expect(out).toContain('as it came: genuine    with one character more: forged')
  expect(out).toContain('L’étape unit tests a cassé sur main')
  const wide = out.split('\n').filter((line) => line.length > 100 && !line.includes('-d ') && !line.includes('-H '))
  expect(wide).toEqual([])
})

it.each([
  ['webhook', 'build.failed for Chloé by webhook did not arrive: failed'],
  ['mail', 'price.dropped for Ben by mail did not arrive'],
])('exits with 1 and names what is missing when %s is refused', async (what, missing) => {
  const { code, out } = await demo('--once', '--refuse', what)
  expect(code, out).toBe(1)
  expect(out).toContain(missing)
  expect(out).toContain('Not everything went as promised.')
})

it.each([['--refuse', 'pigeons'], ['--twice']])('exits with 2 for %s', async (...args) => {
  expect(await demo(...args)).toMatchObject({ code: 2, out: expect.stringContaining('npm run demo') })
})

it('runs until it is interrupted, and then exits cleanly', async () => {
  const child = spawn(process.execPath, [MAIN], { stdio: ['ignore', 'pipe', 'inherit'] })
  let out = ''
  child.stdout.on('data', (chunk: Buffer) => {
    out += chunk.toString()
    if (out.includes('Ctrl-C ends it')) child.kill('SIGINT')
  })
  const [code] = await once(child, 'close')
  expect(code, out).toBe(0)
})
