import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { configPage, GROUPS } from '../../../scripts/config-docs.ts'
import { readConfig } from './config.ts'

const variables = GROUPS.flatMap((group) => group.variables)

/** What `readConfig` asks the environment for; the variants `<NAME>_FILE` belong to their variable. */
function asked(): string[] {
  const names = new Set<string>()
  const env = new Proxy<Record<string, string | undefined>>({}, { get: (_, name) => void names.add(String(name)) })
  readConfig(env)
  return [...names].filter((name) => !names.has(name.replace(/_FILE$/, '')) || !name.endsWith('_FILE'))
}

it('names every variable that the hub reads, and no other', () => {
  expect(variables.map(({ name }) => name).sort()).toEqual(asked().sort())
})

it.each(variables.filter(({ fallback }) => fallback !== null))('$name is $fallback unless set', ({ name, fallback }) => {
  expect(readConfig({ [name]: fallback ?? '' })).toEqual(readConfig({}))
})

it.each(variables)('the example of $name is accepted, and says something else than the default', ({ name, example }) => {
  const base = { NODE_ENV: 'test', CARILLON_SECRET_KEY: 'x' }
  expect(readConfig({ ...base, [name]: example })).not.toEqual(readConfig(base))
})

it('docs/configuration.md is what `node scripts/docs.ts` writes', () => {
  expect(readFileSync(join(import.meta.dirname, '../../../docs/configuration.md'), 'utf8')).toBe(configPage())
})
