import { existsSync } from 'node:fs'
import { resolve } from 'node:path'
import { pathToFileURL } from 'node:url'
import type { Pack } from '@carillon/pack'
import type { EventType } from './domain/event-type.ts'

const DEFAULT_FILE = 'carillon.config.ts'

/** The packs that `carillon.config.ts` lists (`export default { packs: [...] }`); the server itself names none. */
export async function loadPacks(file: string | undefined, folder = '.'): Promise<{ names: string[]; eventTypes: EventType[] }> {
  const path = resolve(folder, file ?? DEFAULT_FILE)
  if (!existsSync(path)) {
    if (file !== undefined) throw new Error(`${path} does not exist`)
    return { names: [], eventTypes: [] }
  }
  const loaded: unknown = await import(pathToFileURL(path).href)
  const packs = packsOf(loaded)
  if (packs === null) throw new Error(`${path} must have a default export with a list of packs: export default { packs: [...] }`)
  const eventTypes = eventTypesOf(packs)
  return { names: packs.map(({ name }) => name), eventTypes }
}

/** The event types of these packs; throws when two packs define the same key. */
export function eventTypesOf(packs: readonly Pack[]): EventType[] {
  // A pack's type accepts any JSON Schema; the catalogue compiles every schema when it adds the entry.
  const eventTypes = packs.flatMap((pack) => pack.eventTypes as EventType[])
  const twice = eventTypes.find(({ key }, i) => eventTypes.findIndex((other) => other.key === key) !== i)
  if (twice !== undefined) throw new Error(`two packs define the event type ${twice.key}`)
  return eventTypes
}

function packsOf(module: unknown): Pack[] | null {
  const config: unknown = typeof module === 'object' && module !== null && 'default' in module ? module.default : null
  const packs: unknown = typeof config === 'object' && config !== null && 'packs' in config ? config.packs : null
  if (!Array.isArray(packs)) return null
  return packs.every((pack): pack is Pack => typeof pack === 'object' && pack !== null && typeof pack.name === 'string' && Array.isArray(pack.eventTypes))
    ? packs
    : null
}
