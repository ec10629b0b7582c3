import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { basename, join } from 'node:path'
import { expect, it } from 'vitest'
import { providers } from './index.ts'

/** `<id>.ts`, or `<id>/<id>.ts` where a vendor has several files. */
const files = readdirSync(import.meta.dirname, { recursive: true, encoding: 'utf8' }).filter((file) => file.endsWith('.ts') && !file.startsWith('testing'))
const fileOf = (id: string, end = '.ts') => join(import.meta.dirname, files.find((file) => basename(file) === `${id}${end}`) ?? `${id}${end}`)

const camel = (id: string) => id.replace(/[-_](\w)/g, (_, letter: string) => letter.toUpperCase())

it('lists every vendor file, once, under the name of its file', () => {
  const vendors = files
    .filter((file) => !file.endsWith('.test.ts') && readFileSync(join(import.meta.dirname, file), 'utf8').includes('= defineProvider({'))
    .map((file) => basename(file, '.ts'))
  expect(providers.map(({ id }) => id).toSorted()).toEqual(vendors.toSorted())
})

it('marks as preview whatever says of itself that it was not seen against the real service', () => {
  const unseen = providers.filter(({ id }) => /unverified|unseen/i.test(readFileSync(fileOf(id), 'utf8')))
  expect(unseen.flatMap(({ id, preview }) => (preview ? [] : [id]))).toEqual([])
})

it('knows the vendors that refuse a message whose link or picture has a host without a dot, and no other', () => {
  const refusing = (address: string) => providers.filter(({ refusesLink }) => refusesLink?.(address)).map(({ id }) => id)
  expect(refusing('http://bugsink:8000/issues/1')).toEqual(['discord', 'notifiarr', 'telegram'])
  expect(refusing('https://bugsink.example.com/issues/1')).toEqual([])
})

/** Not HTTP/1.1 through the common door, so their tests make the same promises against counterparts of their own. */
const OWN_CONTRACT = ['apns', 'log', 'script', 'mqtt']

it.each(providers.flatMap(({ id }) => (OWN_CONTRACT.includes(id) ? [] : [id])))('%s is held to the contract by its own test', (id) => {
  const test = fileOf(id, '.test.ts')
  expect(existsSync(test) ? readFileSync(test, 'utf8') : '').toMatch(new RegExp(`^describe(Mail)?Provider\\(${camel(id)}, `, 'm'))
})
