import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import Schema from 'typebox/schema'
import { expect, it } from 'vitest'
import { providerPage, providersPage, sample, sharedSample } from '../../../scripts/provider-docs.ts'
import { providers } from './providers/index.ts'
import type { Provider } from './providers/kit/contract.ts'

const secretsOf = (provider: Provider, half: 'settings' | 'destination'): string[] =>
  Object.entries(provider[half].properties).flatMap(([name, field]) => ('x-secret' in field && !('examples' in field) ? [`/${half}/${name}`] : []))

/** A folder in which every script may run. */
const scripts = { find: (name: string) => ({ path: `/scripts/${name}` }), run: () => Promise.reject(new Error('not here')) }

const folder = join(import.meta.dirname, '../../../docs/providers')
const pageOf = (id: string) => join(folder, `${id}.md`)

it.each(providers.map((provider) => [provider.id, provider] as const))('docs/providers/%s.md is what `node scripts/docs.ts` writes', (id, provider) => {
  expect(existsSync(pageOf(id)) ? readFileSync(pageOf(id), 'utf8') : 'no page').toBe(providerPage(provider))
})

it.each(providers.map((provider) => [provider.id, provider] as const))('the example on the page of %s would be accepted', (_id, provider) => {
  // A required field with a pattern says by `examples` what fits it.
  const settings = sample(provider.settings) as Record<string, string>
  const destination = sample(provider.destination) as Record<string, string>
  expect(Schema.Check(provider.settings, settings)).toBe(true)
  expect(Schema.Check(provider.destination, destination)).toBe(true)
  const shared = provider.sharedDestination ?? provider.destination
  const team = sharedSample(shared) as Record<string, string>
  expect(Schema.Check(shared, team)).toBe(true)
  // A secret stands there by its name: nobody's key is printed.
  const named = new Set(['settings', 'destination'].flatMap((half) => secretsOf(provider, half as 'settings' | 'destination')))
  for (const to of provider.devices ? [destination] : [destination, team])
    expect(provider.check({ settings, destination: to }, { scripts }).filter(({ pointer }) => !named.has(pointer))).toEqual([])
})

it('docs/providers.md lists all of them', () => expect(readFileSync(`${folder}.md`, 'utf8')).toBe(providersPage(providers)))

it('there is no page without a provider', () => {
  expect(readdirSync(folder).toSorted()).toEqual(providers.map(({ id }) => `${id}.md`).toSorted())
})
