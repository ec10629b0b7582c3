import { readdirSync, readFileSync } from 'node:fs'
import { join, sep } from 'node:path'
import { describe, expect, it } from 'vitest'
import { providers } from './providers/index.ts'

/** What lint cannot say of a file: a name in a text, a statement through an object that was handed in. */
interface HouseRule {
  /** Folders (with a slash at the end) and files in which it is allowed. */
  at: readonly string[]
  never: RegExp
}

const SQL: HouseRule = {
  at: ['storage/', 'queue/'],
  never: /\bdialect\.db\b|\.(?:selectFrom|updateTable|insertInto|deleteFrom|mergeInto)\(|\bsql(?:`|\.\w+|<)|from 'kysely|\.transaction\(\)/g,
}

/** Ids that are ordinary words of the hub too, or the name of a channel or a protocol. */
const WORDS = new Set(['join', 'log', 'script', 'signal', 'smtp', 'webhook'])
const ids = providers.map(({ id }) => id)
const alternatives = (names: readonly string[]): string => `['"\`](?:${names.join('|')})['"\`]`

/** Neither a vendor's name, nor a question which vendor it is. Apprise URLs are a feature of their own, and some dialects have the name of their reader. */
const VENDORS: HouseRule = {
  at: ['providers/', 'connections/apprise-urls.ts', 'rendering/dialects/index.ts'],
  never: new RegExp(`${alternatives(ids.filter((id) => !WORDS.has(id)))}|provider(?:\\.id)?['"]?\\s*(?:[=!]==|,\\s*'=',)\\s*${alternatives(ids)}`, 'g'),
}

/** `file:line text` for each place where a rule is broken. */
function broken({ at, never }: HouseRule, files: readonly (readonly [file: string, source: string])[]): string[] {
  return files.flatMap(([file, source]) =>
    at.some((place) => (place.endsWith('/') ? file.startsWith(place) : file === place))
      ? []
      : [...source.matchAll(never)].map(({ index, 0: text }) => `${file}:${source.slice(0, index).split('\n').length} ${text}`),
  )
}

const files = readdirSync(import.meta.dirname, { recursive: true, encoding: 'utf8' })
  .map((file) => file.replaceAll(sep, '/'))
  .filter((file) => file.endsWith('.ts') && !file.endsWith('.test.ts') && !/(^|\/)testing(\/|\.ts$)/.test(file))
  .map((file) => [file, readFileSync(join(import.meta.dirname, file), 'utf8')] as const)

describe('SQL', () => {
  it.each([
    'await dialect.db.transaction().execute(work)',
    "await trx.updateTable('events').set(row)",
    'const n = sql<number>`count(*)`',
    "import { sql } from 'kysely'",
    'await hub.db.transaction().execute(work)',
  ])('is found: %s', (line) => {
    expect(broken(SQL, [['app/a.ts', `\n${line}`]])[0]).toMatch(/^app\/a\.ts:2 /)
    expect(broken(SQL, [['storage/a.ts', line]])).toEqual([])
  })

  it('lives in storage/ and queue/ only', () => {
    expect(broken(SQL, files)).toEqual([])
  })
})

describe('vendors', () => {
  it.each(["if (provider.id === 'web_push') return", "where('provider', '=', 'smtp')", "format === 'discord'", 'const name = "telegram"'])(
    'are found: %s',
    (line) => {
      expect(broken(VENDORS, [['http/a.ts', line]])).toHaveLength(1)
      expect(broken(VENDORS, [['providers/a.ts', line]])).toEqual([])
    },
  )

  it('are not found in words of the hub', () => {
    expect(broken(VENDORS, [['http/a.ts', "log.info('signal'); const channel = 'webhook'"]])).toEqual([])
  })

  it('are known to providers/ only', () => {
    expect(broken(VENDORS, files)).toEqual([])
  })
})

describe('tests that replace a module', () => {
  const root = join(import.meta.dirname, '../../..')
  const replaces = /^\s*vi\.(?:mock|doMock|resetModules)\(/m
  const tests = ['apps/server/src', 'packages', 'bench']
    .flatMap((folder) => readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' }).map((file) => join(folder, file)))
    .filter((file) => file.endsWith('.test.ts') && !file.includes('node_modules'))

  it.each(["vi.mock('./run.ts')", "  vi.doMock('jose', () => {", '    vi.resetModules()'])('are found: %s', (line) => {
    expect(`import { vi } from 'vitest'\n${line}`).toMatch(replaces)
  })

  it('are not found where a module is only spied on, or named in a text', () => {
    expect("  vi.spyOn(http, 'get')\n  const line = 'vi.mock()'\n  vi.resetAllMocks()").not.toMatch(replaces)
  })

  it('are named so, because the others share their modules', () => {
    const replacing = tests.filter((file) => replaces.test(readFileSync(join(root, file), 'utf8')))
    expect(replacing.length).toBeGreaterThan(3)
    expect(replacing.filter((file) => !/\.(?:mock|story)\.test\.ts$/.test(file))).toEqual([])
  })
})
