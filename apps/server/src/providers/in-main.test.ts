import { globSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { providers } from './index.ts'

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
})
