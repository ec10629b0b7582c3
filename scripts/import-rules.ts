// Writes the import rules of biome.json from the table in rooms.ts: `node scripts/import-rules.ts`. A test fails when they are out of date.
import { execFileSync } from 'node:child_process'
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { LIBRARIES, type Library, ROOMS, type Room, WORDS } from './rooms.ts'

interface Pattern {
  group: readonly string[]
  message: string
}

const SRC = 'apps/server/src'
const KINDS: readonly Library[] = ['sql', 'fastify', 'node:http', 'sockets']

const FETCH = 'Global fetch goes round the guard in providers/kit/http.ts. Use the `http` that a provider is given.'

/**
 * The `overrides` of biome.json. Overrides do not add up, the last one replaces the ones before it, so each room gets its whole list.
 * The linter sees the text of an import, not the file behind it: what it cannot tell apart is left to the test over the import graph.
 */
export function overrides(rooms: readonly Room[] = ROOMS): object[] {
  return [
    {
      includes: [`${SRC}/**`],
      linter: {
        rules: {
          style: { noRestrictedImports: restricted(libraries()), noRestrictedGlobals: { level: 'error', options: { deniedGlobals: { fetch: FETCH } } } },
        },
      },
    },
    // A room inside another one comes after it, so that its rules are the last.
    ...[...rooms].sort((a, b) => depth(a) - depth(b)).flatMap((room) => roomOverrides(room, rooms)),
    rule(
      ['packages/client/src/**', 'packages/pack/src/**'],
      [
        {
          group: ['node:*', 'node:*/**', '@carillon/**', '**/apps/**', 'undici'],
          message: 'This package runs wherever there is `fetch`, also in browsers: no Node, and no code of the server.',
        },
      ],
    ),
    rule(
      ['packs/**'],
      [
        {
          group: ['@carillon/**', '!@carillon/pack', '!@carillon/server/testing', '**/apps/**'],
          message: 'A pack may import @carillon/pack and nothing else of ours (its tests also @carillon/server/testing).',
        },
      ],
    ),
    {
      includes: ['**/*.test.ts', `${SRC}/**/testing/**`, `${SRC}/testing.ts`],
      linter: { rules: { style: { noRestrictedImports: 'off', noRestrictedGlobals: 'off' } } },
    },
  ]
}

function roomOverrides(room: Room, rooms: readonly Room[]): object[] {
  if (room.name === 'domain') return [rule(placesOf(room), [{ group: ['*', '**', '!./*'], message: room.instead }])]
  const neighbours = otherRooms(room, rooms)
  const own = rule(placesOf(room), [...neighbours, ...libraries(room.libraries)])
  // Services and the queue may know the shape of what is stored, not the code that stores it.
  const typed = room.types?.includes('storage')
    ? { ...own, includes: [...own.includes, '!**/*.test.ts', '!**/testing/**'], plugins: ['./scripts/lint/types-of-storage.grit'] }
    : own
  if (room.sockets === undefined) return [typed]
  return [
    typed,
    rule(
      room.sockets.map((file) => `${SRC}/${file}`),
      [...neighbours, ...libraries([...(room.libraries ?? []), 'sockets'])],
    ),
  ]
}

/** What stands above, and what stands below or beside and is not in the list. */
function otherRooms(room: Room, rooms: readonly Room[]): Pattern[] {
  const may = room.may === 'everything below' ? rooms.slice(0, rooms.indexOf(room)).map(({ name }) => name) : room.may
  const allowed = new Set([...may, ...(room.types ?? []), ...WORDS, ...(room.namesakes ?? []), room.name])
  const closed = rooms.filter(({ name }) => !allowed.has(name) && !name.startsWith(`${room.name}/`))
  const group = closed.flatMap(({ at }) => at.map((place) => (place.endsWith('/') ? `**/${place}**` : `**/${place}`)))
  if (group.length === 0) return []
  // A room inside another one, or single files of a room that is closed otherwise.
  const open = may.flatMap((name) => (name.endsWith('.ts') ? [`!**/${name}`] : name.includes('/') ? [`!**/${name}/**`] : []))
  return [
    {
      group: [...group, ...open, ...(room.at.some((place) => place.endsWith('/')) && !room.at.some((place) => place.endsWith('.ts')) ? ['!./**'] : [])],
      message: room.instead,
    },
  ]
}

const libraries = (own: readonly Library[] = []): Pattern[] => KINDS.flatMap((kind) => (own.includes(kind) ? [] : [LIBRARIES[kind]]))

const depth = ({ name }: Room): number => name.split('/').length

const placesOf = ({ at }: Room): string[] => at.map((place) => `${SRC}/${place}${place.endsWith('/') ? '**' : ''}`)

const restricted = (patterns: readonly Pattern[]) => ({ level: 'error', options: { patterns } })

const rule = (includes: string[], patterns: readonly Pattern[]) => ({
  includes,
  linter: { rules: { style: { noRestrictedImports: restricted(patterns) } } },
})

if (import.meta.main) {
  const root = join(import.meta.dirname, '..')
  const file = join(root, 'biome.json')
  writeFileSync(file, JSON.stringify({ ...JSON.parse(readFileSync(file, 'utf8')), overrides: overrides() }, null, 2))
  execFileSync(join(root, 'node_modules/.bin/biome'), ['format', '--write', file], { stdio: 'inherit' })
}
