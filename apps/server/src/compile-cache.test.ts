import { execFileSync, spawnSync } from 'node:child_process'
import { chmodSync, chownSync, cpSync, mkdirSync, mkdtempSync, realpathSync, rmSync, statSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { afterAll, beforeEach, expect, it } from 'vitest'

const KEEP = pathToFileURL(join(import.meta.dirname, '../bin/compile-cache.mjs')).href
const ASK = `const [keep, beside] = process.argv.slice(1)
const { keepCompiled } = await import(keep)
keepCompiled(new URL(beside))
console.log((await import('node:module')).getCompileCacheDir() ?? 'none')`

const root = realpathSync(mkdtempSync(join(tmpdir(), 'carillon-cache-')))
afterAll(() => rmSync(root, { recursive: true }))

let beside: string
let temporary: string
let n = 0
beforeEach(() => {
  const folder = join(root, String(n++))
  beside = join(folder, 'beside')
  temporary = join(folder, 'temporary')
  mkdirSync(temporary, { recursive: true })
})

/** The folder of the compile cache in a process of its own. */
const cacheOf = (env: Record<string, string> = {}): string =>
  execFileSync(process.execPath, ['--input-type=module', '--eval', ASK, KEEP, pathToFileURL(beside).href], {
    encoding: 'utf8',
    env: { TMPDIR: temporary, ...env },
  }).trim()

it('compile cache: beside the code, for its user only', () => {
  expect(cacheOf()).toContain(join(beside, 'v'))
  expect(statSync(beside).mode & 0o077).toBe(0)
})

it.each<[what: string, spoil: () => void]>([
  ['cannot be made', () => writeFileSync(beside, '')],
  [
    'others may write to',
    () => {
      mkdirSync(beside)
      chmodSync(beside, 0o777)
    },
  ],
  [
    'leads elsewhere',
    () => {
      mkdirSync(`${beside}-of-another`)
      symlinkSync(`${beside}-of-another`, beside)
    },
  ],
  ['others may replace', () => chmodSync(dirname(beside), 0o777)],
])('compile cache: in place of a folder that %s, a private one in the temporary folder', (_what, spoil) => {
  spoil()
  expect(cacheOf()).toContain(join(temporary, 'carillon-compile-'))
})

it('compile cache: a folder that nobody but its owner can replace, in one that all may write to', () => {
  chmodSync(dirname(beside), 0o1777)
  expect(cacheOf()).toContain(join(beside, 'v'))
})

it.runIf(process.getuid?.() === 0)('compile cache: in place of a folder that belongs to another user, a private one in the temporary folder', () => {
  mkdirSync(beside, { mode: 0o700 })
  chownSync(beside, 65_534, 65_534)
  expect(cacheOf()).toContain(join(temporary, 'carillon-compile-'))
})

it('compile cache: no folder, no cache, and no error', () => {
  writeFileSync(beside, '')
  expect(cacheOf({ TMPDIR: beside })).toBe('none')
})

it('compile cache: NODE_COMPILE_CACHE names another place, and NODE_DISABLE_COMPILE_CACHE goes without', () => {
  expect(cacheOf({ NODE_COMPILE_CACHE: join(temporary, 'mine') })).toContain(join(temporary, 'mine'))
  expect(cacheOf({ NODE_DISABLE_COMPILE_CACHE: '1' })).toBe('none')
})

it('compile cache: the entry of a checkout keeps one, and does not load the stripper of types at its second start', () => {
  const server = join(import.meta.dirname, '..')
  const checkout = dirname(beside)
  cpSync(join(server, 'bin'), join(checkout, 'bin'), { recursive: true })
  symlinkSync(join(server, 'src'), join(checkout, 'src'))
  const say = `process.on('exit', () => console.error(process.moduleLoadList.includes('NativeModule internal/deps/amaro/dist/index')))`
  const start = () =>
    spawnSync(process.execPath, ['--import', `data:text/javascript,${encodeURIComponent(say)}`, join(checkout, 'bin/carillon.mjs'), '--version'], {
      encoding: 'utf8',
      env: { TMPDIR: temporary },
    }).stderr.trim()
  expect([start(), start()]).toEqual(['true', 'false'])
})
