import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { gotify } from '../../../docs/examples/gotify.ts'
import { describeProvider } from './providers/testing/describe-provider.ts'

describeProvider(gotify, {
  given: (url) => ({ settings: { server: url }, destination: { token: 's3cret-A1b2' } }),
  sends: {
    path: '/message',
    headers: { 'x-gotify-key': 's3cret-A1b2' },
    json: { title: 'Build 7 failed', message: 'main is **red**', priority: 8, extras: { 'client::display': { contentType: 'text/markdown' } } },
  },
  accepted: { reply: { body: { id: 42 } }, receipt: { externalId: '42' } },
  failures: { 404: 'misconfigured' },
  denied: 'misconfigured',
  plain: /^\/title$/,
  limits: () => [],
})

const docs = join(import.meta.dirname, '../../../docs')
const page = readFileSync(join(docs, 'writing-a-provider.md'), 'utf8')
const blocks = [...page.matchAll(/^```ts\n([\s\S]*?)^```/gm)].map(([, code = '']) => code)

it('docs/writing-a-provider.md shows the provider that passed', () => {
  const provider = readFileSync(join(docs, 'examples/gotify.ts'), 'utf8').replaceAll('../../apps/server/src/providers/', './')
  expect(blocks).toContain(provider)
})

it('docs/writing-a-provider.md shows the test that it passed', () => {
  const ours = readFileSync(import.meta.filename, 'utf8')
  const call = ours.slice(ours.indexOf('describeProvider(gotify'), ours.indexOf('\nconst docs'))
  expect(blocks.some((code) => code.endsWith(call))).toBe(true)
})
