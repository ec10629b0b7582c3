import { globSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { mainOnly, withoutDial } from '../app/threads/main-only.ts'
import { goodForms } from '../../test/stories/good-forms.ts'
import { providers } from './index.ts'
import { exampleMessage, NOW } from './testing/message.ts'

/** What only the main thread has, or must have once: sockets that outlive a message, stored secrets, scripts, the log of the hub. */
const MEANS = /\bdial\b|\.kept\b|oauth-tokens|oauth-settings|http2|\bscripts\b|\blogLine\b|^ {2}dispose\b/m

/** The source of a provider: its file, or all files of its folder. */
function sourceOf(id: string): string {
  const [file] = globSync(`{${id},${id.replaceAll('_', '-')}}.ts`, { cwd: import.meta.dirname })
  const [own] = globSync(`*/{${id},${id.replaceAll('_', '-')}}.ts`, { cwd: import.meta.dirname })
  const files = file !== undefined ? [file] : own !== undefined ? globSync(`${dirname(own)}/*.ts`, { cwd: import.meta.dirname }) : []
  return files.flatMap((name) => (name.includes('.test.') ? [] : [readFileSync(join(import.meta.dirname, name), 'utf8')])).join('\n')
}

describe('inMain', () => {
  it.each(providers.map((provider) => [provider.id, provider] as const))('is said by %s exactly when it needs the main thread', (id, { inMain = false }) => {
    const source = sourceOf(id)
    expect(source, 'its source is found').not.toBe('')
    const code = source.replace(/\/\*.*?\*\/|\/\/[^\n]*|'(?!\.)[^'\n]*'/gs, '')
    expect(inMain).toBe(MEANS.test(code))
  })

  const forms = goodForms('http://vendor.example', 'none')

  /** Through kit/ as well: the means throw, as they do in a thread. */
  it.each(providers.filter(({ inMain }) => inMain !== true).map((provider) => [provider.id, provider] as const))('is not needed by a message of %s', async (id, provider) => {
    const { settings = {}, destination } = forms[id]!
    let asked = 0
    const http = withoutDial({
      request() {
        asked++
        return Promise.reject(new Error('no network'))
      },
      dial: () => Promise.reject(new Error('no network')),
      mayHandOver: () => Promise.resolve(),
    })
    const { kept, ...means } = mainOnly
    const given = { settings, destination, message: exampleMessage(), delivery: { id: 'dlv_1', attempt: 1, createdAt: NOW }, http, clock: () => NOW }
    const problem: unknown = await provider.send({ ...given, ...means, kept: kept(id) }).then(() => null, String)
    expect(asked, String(problem)).toBeGreaterThan(0)
    expect(String(problem)).not.toContain('inMain')
  })
})
