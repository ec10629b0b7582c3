import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { betweenRooms, circles, forbidden, type Graph, homeless, importsOf, readGraph } from '../../../scripts/import-graph.ts'
import { overrides } from '../../../scripts/import-rules.ts'
import { ROOMS, type Room } from '../../../scripts/rooms.ts'

/** `type:` before a path is an `import type`. */
const graph = (files: Record<string, string[]>): Graph =>
  Object.entries(files).map(([file, imports]) => [
    file,
    imports.map((path) => (path.startsWith('type:') ? { to: path.slice(5), typeOnly: true } : { to: path, typeOnly: false })),
  ])

const room = (name: string, may: Room['may'], types: string[] = []): Room => ({ name, at: [`${name}/`], may, types, instead: '' })
const HOUSE = [room('domain', []), room('low', []), room('kit', []), room('middle', ['low', 'kit/contract.ts'], ['kit']), room('top', 'everything below')]

describe('import rules on a made-up house', () => {
  it('allow the words, what the table names, and everything below to the top', () => {
    const files = {
      'low/a.ts': ['low/b.ts', 'domain/word.ts'],
      'middle/a.ts': ['low/a.ts', 'kit/contract.ts', 'type:kit/inner.ts'],
      'top/a.ts': ['kit/inner.ts', 'middle/a.ts'],
    }
    expect(forbidden(graph(files), HOUSE)).toEqual([])
  })

  it.each<[what: string, file: string, imported: string, sentence: string]>([
    ['a room above', 'low/a.ts', 'middle/a.ts', 'low/a.ts → middle/a.ts: middle stands above low'],
    ['the type of a room above', 'low/a.ts', 'type:middle/a.ts', 'low/a.ts → middle/a.ts: middle stands above low'],
    ['a room that is not named', 'kit/a.ts', 'low/a.ts', 'kit/a.ts → low/a.ts: kit may not import low'],
    ['code where types are allowed', 'middle/a.ts', 'kit/inner.ts', 'middle/a.ts → kit/inner.ts: middle may only `import type` from kit'],
  ])('forbid %s', (_what, file, imported, sentence) => {
    expect(forbidden(graph({ [file]: [imported] }), HOUSE)).toEqual([sentence])
  })

  it('name files that no row of the table knows', () => {
    expect(homeless(['low/a.ts', 'attic/a.ts', 'low.ts'], HOUSE)).toEqual(['attic/a.ts', 'low.ts'])
  })

  it('give a folder inside a room its own row', () => {
    const nested = [room('domain', []), room('vendors/kit', []), room('vendors', ['vendors/kit'])]
    expect(forbidden(graph({ 'vendors/kit/a.ts': ['vendors/one.ts'], 'vendors/one.ts': ['vendors/kit/a.ts'] }), nested)).toEqual([
      'vendors/kit/a.ts → vendors/one.ts: vendors stands above vendors/kit',
    ])
  })

  it('find each circle once, also one of types and one that runs over several files', () => {
    const files = { a: ['b'], b: ['type:c'], c: ['a', 'd'], d: ['e'], e: ['d'], f: ['a'], g: ['g'] }
    expect(circles(graph(files))).toEqual([['a', 'b', 'c'], ['d', 'e'], ['g']])
    expect(circles(graph({ a: ['b', 'c'], b: ['c'], c: [] }))).toEqual([])
  })

  it('find a circle of rooms that is none of files', () => {
    const files = graph({ 'low/a.ts': ['top/a.ts'], 'top/a.ts': [], 'top/b.ts': ['low/b.ts'], 'low/b.ts': [] })
    expect(circles(files)).toEqual([])
    expect(circles(betweenRooms(files, HOUSE))).toEqual([['low', 'top']])
  })

  it('read every form of an import', () => {
    const source = [
      "import { a } from '../low/a.ts'",
      "import type { B } from './b.ts'",
      "import {\n  type C,\n  d,\n} from './c.ts'",
      "export { e } from './e.ts'",
      "import './f.ts'",
      "const g = await import('./g.ts')",
      "import { join } from 'node:path'",
    ].join('\n')
    expect(importsOf('top/x.ts', source)).toEqual([
      { to: 'low/a.ts', typeOnly: false },
      { to: 'top/b.ts', typeOnly: true },
      { to: 'top/c.ts', typeOnly: false },
      { to: 'top/e.ts', typeOnly: false },
      { to: 'top/f.ts', typeOnly: false },
      { to: 'top/g.ts', typeOnly: false },
    ])
  })
})

describe('import rules of the hub', () => {
  const files = readGraph(import.meta.dirname)

  it('are those of biome.json: run `node scripts/import-rules.ts`', () => {
    const biome = JSON.parse(readFileSync(join(import.meta.dirname, '../../../biome.json'), 'utf8'))
    expect(biome.overrides).toEqual(overrides())
  })

  it('name only rooms and files that stand lower in the table', () => {
    const names = ROOMS.map(({ name }) => name)
    const wrong = ROOMS.flatMap(({ name, may, types = [] }, row) =>
      [...(may === 'everything below' ? [] : may), ...types]
        .filter((one) => {
          const target = one.endsWith('.ts') ? names.find((room) => one.startsWith(`${room}/`)) : one
          return target === undefined || !names.slice(0, row).includes(target)
        })
        .map((one) => `${name} → ${one}`),
    )
    expect(wrong).toEqual([])
  })

  it('know every file', () => {
    expect(homeless(files.map(([file]) => file))).toEqual([])
  })

  it('are kept by every import', () => {
    expect(forbidden(files)).toEqual([])
  })

  it('leave no circle of files, and none of rooms', () => {
    expect(circles(files)).toEqual([])
    expect(circles(betweenRooms(files))).toEqual([])
  })
})
