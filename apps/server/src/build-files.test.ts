import { execFileSync, spawnSync } from 'node:child_process'
import { cpSync, existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { beforeEach, describe, expect, it, onTestFinished } from 'vitest'
import { licencesOf } from '../../../scripts/licences.ts'
import { originOf } from '../../../scripts/origin.ts'
import { replaceFolder } from '../../../scripts/replace-folder.ts'

let root: string
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'carillon-build-'))
  onTestFinished(() => rmSync(root, { recursive: true }))
})

function put(path: string, text = ''): void {
  mkdirSync(dirname(join(root, path)), { recursive: true })
  writeFileSync(join(root, path), text)
}

describe('build: the folder', () => {
  const folder = () => join(root, 'dist')
  const write = async (fresh: string) => writeFileSync(join(fresh, 'package.json'), '{"name":"carillon","of":"this build"}')
  const written = (at = folder()) => readFileSync(join(at, 'package.json'), 'utf8').includes('this build')

  it.each<[what: string, make: () => void]>([
    ['is missing', () => {}],
    ['is empty', () => mkdirSync(folder())],
    [
      'is a bundle',
      () => {
        put('dist/package.json', '{"name":"carillon"}')
        put('dist/chunks/old.js')
        put('dist/.cache/compile/x')
      },
    ],
  ])('that %s is made anew, and nothing is left beside it', async (_what, make) => {
    make()
    await replaceFolder(folder(), write)
    expect(written()).toBe(true)
    expect(readdirSync(folder())).toEqual(['package.json'])
    expect(readdirSync(root)).toEqual(['dist'])
  })

  it('that a link names is made anew, and the link stays', async () => {
    put('really/package.json', '{"name":"carillon"}')
    symlinkSync('really', folder())
    await replaceFolder(folder(), write)
    expect(written(join(root, 'really'))).toBe(true)
    expect(written()).toBe(true)
  })

  it.each<[what: string, path: string, text: string, sentence: RegExp]>([
    ['is a checkout', 'dist/package.json', '{"name":"carillon-root"}', /not empty and not a bundle/],
    ['holds something else', 'dist/photos/1.jpg', '', /not empty and not a bundle/],
    ['is a file', 'dist', 'text', /not a folder/],
  ])('that %s is refused before anything is written', async (_what, path, text, sentence) => {
    put(path, text)
    await expect(replaceFolder(folder(), () => Promise.reject(new Error('written')))).rejects.toThrow(sentence)
    expect(readFileSync(join(root, path), 'utf8')).toBe(text)
  })

  it('that holds a configuration file beside a bundle is refused, and the file is named', async () => {
    put('dist/package.json', '{"name":"carillon"}')
    put('dist/carillon.config.ts', 'export default {}')
    await expect(replaceFolder(folder(), write)).rejects.toThrow(/carillon\.config\.ts.*would be deleted/)
    expect(existsSync(join(folder(), 'carillon.config.ts'))).toBe(true)
  })

  it('stays as it was when the build fails', async () => {
    put('dist/package.json', '{"name":"carillon"}')
    const failing = async (fresh: string) => {
      await write(fresh)
      throw new Error('no licence')
    }
    await expect(replaceFolder(folder(), failing)).rejects.toThrow('no licence')
    expect(written()).toBe(false)
    expect(readdirSync(root)).toEqual(['dist'])
  })

  it('into which something was put while the build ran is refused, and nothing in it is deleted', async () => {
    put('dist/package.json', '{"name":"carillon"}')
    const slow = async (fresh: string) => {
      await write(fresh)
      put('dist/photos/1.jpg', 'a photo')
    }
    await expect(replaceFolder(folder(), slow)).rejects.toThrow(/photos.*would be deleted/)
    expect(readFileSync(join(folder(), 'photos/1.jpg'), 'utf8')).toBe('a photo')
    expect(written()).toBe(false)
    expect(readdirSync(root)).toEqual(['dist'])
  })

  it('is put back when the new one cannot take its place', async () => {
    put('dist/package.json', '{"name":"carillon"}')
    // The rename of the new folder fails, after the old one has made room.
    await expect(replaceFolder(folder(), async (fresh) => rmSync(fresh, { recursive: true }))).rejects.toThrow('ENOENT')
    expect(readFileSync(join(folder(), 'package.json'), 'utf8')).toBe('{"name":"carillon"}')
    expect(readdirSync(root)).toEqual(['dist'])
  })
})

describe('build: licences', () => {
  const module = (name: string) => join(root, 'node_modules', name, 'index.js')
  const manifest = (name: string, more: object) => put(`node_modules/${name}/package.json`, JSON.stringify({ name, version: '1.0.0', ...more }))

  it('are the texts of the packages', () => {
    manifest('chimes', { license: 'MIT' })
    put('node_modules/chimes/LICENSE.md', 'Copyright (c) Somebody')
    expect(licencesOf([module('chimes')])).toBe('chimes 1.0.0 (MIT)\n\nCopyright (c) Somebody\n')
  })

  it('are followed by the notice of a package, which its licence (Apache 2.0) asks to be handed on', () => {
    manifest('chimes', { license: 'Apache-2.0' })
    put('node_modules/chimes/LICENSE', 'Apache License')
    put('node_modules/chimes/NOTICE', 'Chimes, by Somebody')
    expect(licencesOf([module('chimes')])).toBe('chimes 1.0.0 (Apache-2.0)\n\nApache License\n\nChimes, by Somebody\n')
  })

  it.each([{ license: 'MIT' }, {}])('end the build for a package without a text: %j', (more) => {
    manifest('chimes', more)
    expect(() => licencesOf([module('chimes')])).toThrow(/chimes has no file with its licence/)
  })

  it('know the text of a listed package, as long as its licence is the listed one', () => {
    manifest('pgpass', { license: 'MIT' })
    expect(licencesOf([module('pgpass')])).toMatch(/^pgpass 1\.0\.0 \(MIT\)\n\nCopyright \(c\) 2013-2016 Hannes Hörl\n\nPermission is hereby granted/)
    manifest('pgpass', { license: 'GPL-3.0' })
    expect(() => licencesOf([module('pgpass')])).toThrow(/pgpass/)
  })
})

describe('build: the origin', () => {
  const NOON = new Date(Date.UTC(2026, 0, 5, 12))
  const env = { PATH: process.env['PATH'], HOME: tmpdir(), GIT_CONFIG_GLOBAL: '/dev/null', GIT_CONFIG_NOSYSTEM: '1' }
  const git = (...args: string[]) =>
    execFileSync('git', ['-c', 'user.name=A', '-c', 'user.email=a@example.com', ...args], { cwd: root, env, encoding: 'utf8' }).trim()
  function commit(): string {
    put('file', 'one')
    git('init', '--quiet')
    git('add', '.')
    git('commit', '--quiet', '--message', 'One')
    git('tag', '--annotate', 'v1', '--message', 'v1')
    return git('rev-parse', '--short=12', 'HEAD')
  }

  it('is the commit, whatever its tag, and says when files differ from it', () => {
    const head = commit()
    expect(originOf(root, NOON)).toBe(head)
    put('file', 'two')
    expect(originOf(root, NOON)).toBe(`${head}-dirty`)
  })

  it('without a repository of its own is the time, also inside the repository of somebody else', () => {
    expect(originOf(root, NOON)).toBe('built 2026-01-05T12:00:00Z')
    commit()
    mkdirSync(join(root, 'vendored'))
    expect(originOf(join(root, 'vendored'), NOON)).toBe('built 2026-01-05T12:00:00Z')
  })
})

const checkout = join(import.meta.dirname, '../../..')

it('build: without the development dependencies it says which command is missing', () => {
  put('package.json', '{"type":"module"}')
  cpSync(join(checkout, 'scripts'), join(root, 'scripts'), { recursive: true })
  const { status, stderr } = spawnSync(process.execPath, [join(root, 'scripts/build.ts'), join(root, 'dist')], { encoding: 'utf8' })
  expect({ status, stderr }).toEqual({ status: 1, stderr: 'The build needs the development dependencies: run `npm ci` without --omit=dev.\n' })
  expect(existsSync(join(root, 'dist'))).toBe(false)
})

it('the command: an older Node is told which one it needs, and loads nothing of the hub', () => {
  const old = `data:text/javascript,Object.defineProperties(process, { version: { value: 'v22.1.0' }, versions: { value: { ...process.versions, node: '22.1.0' } } })`
  const command = join(checkout, 'apps/server/bin/carillon.mjs')
  const { status, stdout, stderr } = spawnSync(process.execPath, ['--import', old, command, '--version'], { encoding: 'utf8' })
  expect({ status, stdout }).toEqual({ status: 1, stdout: '' })
  expect(stderr).toMatch(/^Carillon needs Node 24; this is v22\.1\.0\. .*\n$/)
})
