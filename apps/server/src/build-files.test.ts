import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
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
})

describe('build: licences', () => {
  const module = (name: string) => join(root, 'node_modules', name, 'index.js')
  const manifest = (name: string, more: object) => put(`node_modules/${name}/package.json`, JSON.stringify({ name, version: '1.0.0', ...more }))

  it('are the texts of the packages', () => {
    manifest('chimes', { license: 'MIT' })
    put('node_modules/chimes/LICENSE.md', 'Copyright (c) Somebody')
    expect(licencesOf([module('chimes')])).toBe('chimes 1.0.0 (MIT)\n\nCopyright (c) Somebody\n')
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

it('build: without a repository of its own a checkout says when it was built', () => {
  expect(originOf(root, new Date(Date.UTC(2026, 0, 5, 12)))).toBe('built 2026-01-05T12:00:00Z')
})
