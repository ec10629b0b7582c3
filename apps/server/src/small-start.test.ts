import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import { expect, it } from 'vitest'

/** The young generation in MiB, after the start and after some load. In a process of its own: the flags of V8 are those of a whole process. */
const SCRIPT = `
  import { getHeapSpaceStatistics } from 'node:v8'
  import { startSmall } from ${JSON.stringify(new URL('./small-start.ts', import.meta.url).href)}
  const young = () => getHeapSpaceStatistics().find(({ space_name }) => space_name === 'new_space').space_size / 2 ** 20
  const kept = []
  async function load(turns) {
    for (let turn = 0; turn < turns; turn++) {
      kept.push(Array.from({ length: 2000 }, (_, n) => ({ id: turn + '-' + n, in: [n] })))
      if (kept.length > 6) kept.shift()
      await new Promise((resolve) => setImmediate(resolve))
    }
  }
  const grow = startSmall()
  await load(100)
  const small = young()
  grow()
  await load(600)
  console.log(JSON.stringify([small, young()]))
`

it('lets the young generation grow after the start, and not without end', async () => {
  const { stdout } = await promisify(execFile)(process.execPath, ['--input-type=module', '--eval', SCRIPT])
  const [small, grown] = JSON.parse(stdout)
  expect(small).toBeLessThan(8)
  // Without an end: 128.
  expect(grown).toBeGreaterThanOrEqual(32)
  expect(grown).toBeLessThanOrEqual(64)
})
