// Writes the generated pages below docs/: `node scripts/docs.ts`. Tests fail when one is out of date.
import { mkdirSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { providers } from '../apps/server/src/providers/index.ts'
import { configPage } from './config-docs.ts'
import { errorPage } from './error-docs.ts'
import { providerPage, providersPage } from './provider-docs.ts'

const docs = join(import.meta.dirname, '../docs')
const pages: [path: string, text: string][] = [
  ['configuration.md', configPage()],
  ['errors.md', errorPage()],
  ['providers.md', providersPage(providers)],
  ...providers.map((provider): [string, string] => [`providers/${provider.id}.md`, providerPage(provider)]),
]
for (const [path, text] of pages) {
  mkdirSync(dirname(join(docs, path)), { recursive: true })
  writeFileSync(join(docs, path), text)
}
