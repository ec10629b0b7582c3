import { spawnSync } from 'node:child_process'
import { copyFileSync, mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { beforeEach, expect, it, onTestFinished } from 'vitest'

/** The first sign of the first line of a file is that of `src/origin.ts`. */
const MAP = JSON.stringify({ version: 3, sources: ['src/origin.ts'], names: [], mappings: 'AAAA' })

let root: string
beforeEach(() => {
  root = realpathSync(mkdtempSync(join(tmpdir(), 'carillon-places-')))
  onTestFinished(() => rmSync(root, { recursive: true }))
  put('dist/chunks/hub.js.map', MAP)
  mkdirSync(join(root, 'dist/bin'))
  copyFileSync(join(import.meta.dirname, '../bin/places.mjs'), join(root, 'dist/bin/places.mjs'))
})

function put(path: string, text: string): void {
  mkdirSync(dirname(join(root, path)), { recursive: true })
  writeFileSync(join(root, path), text)
}

function places(log: string) {
  const { status, stdout, stderr } = spawnSync(process.execPath, [join(root, 'dist/bin/places.mjs')], { input: log, encoding: 'utf8' })
  return { status, lines: stdout.split('\n'), stderr }
}

it('bin/places.mjs translates places of the bundle, in stacks and in JSON, and leaves all other text as it is', () => {
  const file = join(root, 'dist/chunks/hub.js')
  const log = [`at run (file://${file}:1:1)`, `at ${file}:1:1`, JSON.stringify({ stack: `Error: x\n    at run (${file}:1:1)` }), '/'.repeat(200), `at ${file}`]
  expect(places(log.join('\n'))).toEqual({
    status: 0,
    lines: [
      'at run (src/origin.ts:1:1)',
      'at src/origin.ts:1:1',
      JSON.stringify({ stack: 'Error: x\n    at run (src/origin.ts:1:1)' }),
      '/'.repeat(200),
      `at ${file}`,
    ],
    stderr: '',
  })
})

it('bin/places.mjs opens no map outside its bundle, and goes on after one that is none', () => {
  put('elsewhere/x.js.map', MAP)
  put('dist-of-others/x.js.map', MAP)
  put('dist/chunks/broken.js.map', '{')
  put('dist/chunks/empty.js.map', 'null')
  const log = ['elsewhere/x.js', 'dist-of-others/x.js', 'dist/../elsewhere/x.js', 'dist/chunks/broken.js', 'dist/chunks/empty.js'].map(
    (path) => `at ${join(root, 'dist')}/../${path}:1:1`,
  )
  const { status, lines, stderr } = places([...log, `at ${join(root, 'dist/chunks/hub.js')}:1:1`].join('\n'))
  expect(lines).toEqual([...log, 'at src/origin.ts:1:1'])
  expect(status).toBe(0)
  expect(stderr).toMatch(/broken\.js\.map is no source map: .*\n.*empty\.js\.map is no source map: /)
})
