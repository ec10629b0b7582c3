import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { repeatedHeader, SINGLE_HEADERS } from './single-headers.ts'

const received = (...rawHeaders: string[]) => {
  const names = rawHeaders.filter((_, i) => i % 2 === 0)
  return { rawHeaders, headers: Object.fromEntries(names.map((name) => [name.toLowerCase(), ''])) }
}

it.each([...SINGLE_HEADERS])('a second %s is refused, in any case', (name) => {
  expect(repeatedHeader(received(name, 'a', 'accept', '*', name.toUpperCase(), 'b'))).toMatchObject({
    code: 'invalid_request',
    errors: [{ pointer: `/header/${name}`, message: 'must be sent once' }],
  })
  expect(repeatedHeader(received(name, 'a', 'accept', '*'))).toBeUndefined()
})

it('headers that are lists may be sent in several lines', () => {
  expect(repeatedHeader(received('accept', 'a', 'Accept', 'b', 'x-forwarded-for', '1', 'x-forwarded-for', '2'))).toBeUndefined()
})

/** A list, of which Node joins all lines: nothing is dropped, and no credential or length is in it. */
const LISTS = ['accept']

it('every header that the HTTP edge reads is on the list', async () => {
  const folder = join(import.meta.dirname, '..')
  const files = (await readdir(folder, { recursive: true })).filter((file) => file.endsWith('.ts') && !/test|testing/.test(file))
  const read = new Set<string>()
  const list = await readFile(join(folder, 'requests/single-headers.ts'), 'utf8')
  for (const file of files) {
    const source = await readFile(join(folder, file), 'utf8')
    for (const [, name] of source.matchAll(/\bheaders\??\.?\[['"]([\w-]+)['"]\]/g)) read.add(name!)
    for (const [, name] of source.matchAll(/\bheaders\.(?!ts\b)([a-z]+)\b(?!\()/g)) read.add(name!)
    // A header whose name is a constant: the list names the constant.
    for (const [, name] of source.matchAll(/\bheaders\[([A-Z_]+)\]/g)) expect(list, file).toContain(`  ${name},\n`)
    for (const [, names] of source.matchAll(/\{ ([\w, ]+) \} = [\w.]*headers\b/g)) for (const name of names!.split(', ')) read.add(name)
  }
  expect(read.size).toBeGreaterThan(6)
  expect([...read].filter((name) => !SINGLE_HEADERS.has(name) && !LISTS.includes(name))).toEqual([])
})
