// What the linter cannot see: the files behind the imports, types apart from code, circles.
import { readdirSync, readFileSync } from 'node:fs'
import { join, posix, sep } from 'node:path'
import { ROOMS, type Room, roomOf, WORDS } from './rooms.ts'

export interface Import {
  to: string
  typeOnly: boolean
}

/** Each file with what it imports; paths as in `apps/server/src`. */
export type Graph = readonly (readonly [file: string, imports: readonly Import[]])[]

/** Every import that the table does not allow, as a sentence that says which rule it breaks. */
export function forbidden(graph: Graph, rooms: readonly Room[] = ROOMS): string[] {
  return graph.flatMap(([file, imports]) => imports.flatMap((one) => reasonAgainst(file, one, rooms) ?? []))
}

function reasonAgainst(file: string, { to, typeOnly }: Import, rooms: readonly Room[]): string | undefined {
  const from = roomOf(file, rooms)
  const into = roomOf(to, rooms)
  // Files without a room are what `homeless` reports.
  if (from === undefined || into === undefined || from === into) return undefined
  if (rooms.indexOf(into) > rooms.indexOf(from)) return `${file} → ${to}: ${into.name} stands above ${from.name}`
  if (WORDS.includes(into.name) || from.may === 'everything below' || from.may.includes(into.name) || from.may.includes(to)) return undefined
  if (!from.types?.includes(into.name)) return `${file} → ${to}: ${from.name} may not import ${into.name}`
  return typeOnly ? undefined : `${file} → ${to}: ${from.name} may only \`import type\` from ${into.name}`
}

/** Files that no row of the table knows. */
export const homeless = (files: readonly string[], rooms: readonly Room[] = ROOMS): string[] => files.filter((file) => roomOf(file, rooms) === undefined)

/** The same imports between rooms. */
export function betweenRooms(graph: Graph, rooms: readonly Room[] = ROOMS): Graph {
  const name = (file: string) => roomOf(file, rooms)?.name ?? file
  return [...Map.groupBy(graph, ([file]) => name(file))].map(([room, files]) => [
    room,
    files.flatMap(([, imports]) => imports.map(({ to, typeOnly }) => ({ to: name(to), typeOnly }))).filter(({ to }) => to !== room),
  ])
}

/** Groups of nodes that reach each other, types included, each in alphabetical order. */
export function circles(graph: Graph): string[][] {
  const next = new Map(graph.map(([from, imports]) => [from, imports.map(({ to }) => to)]))
  const reached = new Map([...next.keys()].map((from) => [from, reachable(from, next)]))
  const groups = [...next.keys()].flatMap((one) =>
    reached.get(one)?.has(one) ? [[...next.keys()].filter((other) => reached.get(one)?.has(other) && reached.get(other)?.has(one)).sort()] : [],
  )
  return [...new Map(groups.map((group) => [group.join(' '), group])).values()]
}

function reachable(from: string, next: ReadonlyMap<string, readonly string[]>): Set<string> {
  const seen = new Set<string>()
  const open = [...(next.get(from) ?? [])]
  for (let one = open.pop(); one !== undefined; one = open.pop()) {
    if (seen.has(one)) continue
    seen.add(one)
    open.push(...(next.get(one) ?? []))
  }
  return seen
}

/** Tests and what only tests use may import anything. */
const isTest = (file: string): boolean => file.endsWith('.test.ts') || /(^|\/)testing(\/|\.ts$)/.test(file)

const STATEMENT = /^\s*(?:import|export)\s+(type\s)?(?:[^'";]*?\sfrom\s+)?'(\.[^']+)'/gm
const DYNAMIC = /\bimport\('(\.[^']+)'\)/g

/** What one file imports of the house, libraries left out. */
export function importsOf(file: string, source: string): Import[] {
  const at = (specifier: string) => posix.join(posix.dirname(file), specifier)
  return [
    ...[...source.matchAll(STATEMENT)].map(([, type, specifier]) => ({ to: at(specifier!), typeOnly: type !== undefined })),
    ...[...source.matchAll(DYNAMIC)].map(([, specifier]) => ({ to: at(specifier!), typeOnly: false })),
  ]
}

/** The graph of a folder, without tests. */
export function readGraph(folder: string): Graph {
  const files = readdirSync(folder, { recursive: true, encoding: 'utf8' }).map((file) => file.replaceAll(sep, '/'))
  return files
    .filter((file) => file.endsWith('.ts') && !isTest(file))
    .sort()
    .map((file) => [file, importsOf(file, readFileSync(join(folder, file), 'utf8'))])
}
