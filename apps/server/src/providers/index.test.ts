import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { providerById, providers } from './index.ts'

const HELPERS = [
  'attachment',
  'fit-json',
  'hooks',
  'apprise-url',
  'aws-signature',
  'mail',
  'mail-api',
  'markup',
  'provider',
  'http',
  'http-errors',
  'delivery-error',
  'fields',
  'index',
  'receipt',
  'smtp-errors',
  'smtp-pool',
  'truncate',
  'urls',
]

const camel = (id: string) => id.replace(/[-_](\w)/g, (_, letter: string) => letter.toUpperCase())

it('lists every vendor file, once, under the name of its file', () => {
  const vendors = readdirSync(import.meta.dirname)
    .filter((file) => file.endsWith('.ts') && !file.endsWith('.test.ts'))
    .map((file) => file.replace('.ts', ''))
    .filter((name) => !HELPERS.includes(name))
  expect(providers.map(({ id }) => id).toSorted()).toEqual(vendors.toSorted())
  for (const provider of providers) expect(providerById(provider.id)).toBe(provider)
  expect(providerById('carrier-pigeon')).toBeUndefined()
})

it.each(providers.map(({ id }) => id))('%s is held to the contract by its own test', (id) => {
  const test = join(import.meta.dirname, `${id}.test.ts`)
  expect(existsSync(test) ? readFileSync(test, 'utf8') : '').toMatch(new RegExp(`^describe(Mail)?Provider\\(${camel(id)}, `, 'm'))
})
