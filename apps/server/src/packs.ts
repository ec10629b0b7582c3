import { existsSync } from 'node:fs'
import { resolve } from 'node:path'
import { pathToFileURL } from 'node:url'
import type { Pack } from '@carillon/pack'
import type { EventType } from './domain/event-type.ts'
import { StartError } from './domain/start-error.ts'

const DEFAULT_FILE = 'carillon.config.ts'

/** The packs that `carillon.config.ts` lists (`export default { packs: [...] }`); the server itself names none. */
export async function loadPacks(file: string | undefined, folder = '.'): Promise<{ names: string[]; eventTypes: EventType[] }> {
  const path = resolve(folder, file ?? DEFAULT_FILE)
  if (!existsSync(path)) {
    if (file !== undefined) throw new StartError(`--config: ${path} does not exist. Correct the path, or leave --config out.`)
    return { names: [], eventTypes: [] }
  }
  const loaded: unknown = await import(pathToFileURL(path).href).catch((error: unknown) => {
    throw new StartError(`The configuration file ${path} cannot be loaded: ${sentenceOf(error)}`, error)
  })
  const packs = packsOf(loaded)
  if (packs === null) throw new StartError(`${path} must have a default export with a list of packs: export default { packs: [...] }`)
  const eventTypes = eventTypesOf(packs)
  return { names: packs.map(({ name }) => name), eventTypes }
}

/** The event types of these packs; throws when two packs define the same key. */
export function eventTypesOf(packs: readonly Pack[]): EventType[] {
  // A pack's type accepts any JSON Schema; app/ refuses to start with one that cannot be applied.
  const eventTypes = packs.flatMap((pack) => pack.eventTypes as EventType[])
  const twice = eventTypes.find(({ key }, i) => eventTypes.findIndex((other) => other.key === key) !== i)
  if (twice !== undefined) throw new StartError(`two packs define the event type ${twice.key}`)
  return eventTypes
}

/** The error's message and, of a syntax error, its file and line: V8 puts them before the stack. */
function sentenceOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error)
  const place = error instanceof SyntaxError ? /^(?:file:\/\/)?(\/\S+:\d+)$/m.exec(error.stack ?? '')?.[1] : undefined
  return place === undefined ? error.message : `${error.message} (${place})`
}

function packsOf(module: unknown): Pack[] | null {
  const config: unknown = typeof module === 'object' && module !== null && 'default' in module ? module.default : null
  const packs: unknown = typeof config === 'object' && config !== null && 'packs' in config ? config.packs : null
  if (!Array.isArray(packs)) return null
  return packs.every((pack): pack is Pack => typeof pack === 'object' && pack !== null && typeof pack.name === 'string' && Array.isArray(pack.eventTypes))
    ? packs
    : null
}
