import type { Catalogue } from '../catalogue/catalogue.ts'
import { systemEventTypes } from '../catalogue/system.ts'
import { deepFreeze } from '../connections/freeze.ts'
import type { Registry } from '../connections/registry.ts'
import type { Connection, TargetHealth } from '../domain/connection.ts'
import type { EventType } from '../domain/event-type.ts'
import { compileDataSchema } from '../forms/data-schema.ts'
import type { Channel } from '../routing/standing.ts'
import type { ConfigKind } from '../storage/config-changes.ts'

export interface LiveConfigParts {
  catalogue: Catalogue
  registry: Registry
  /** Event types that packs brought. */
  inCode: readonly EventType[]
  /** Every column of the preference matrix, in its order. */
  channelNames: readonly string[]
  eventTypes(): Promise<EventType[]>
  connections(): Promise<Connection[]>
  /** The channels that an operator switched off. */
  channels(): Promise<Set<string>>
  health(): Promise<TargetHealth[]>
  /** A connection was changed or removed: its provider may close its sockets. */
  dispose(connection: Connection): void
}

/** The operators' configuration, in memory and live at once: read at start, and again on each change by this or another node. */
export function createLiveConfig(parts: LiveConfigParts) {
  const { catalogue, registry, channelNames } = parts
  // A schema that cannot be applied is a mistake in a pack: better no start than events that are refused.
  for (const { key, schema } of parts.inCode) checkPack(key, schema)
  let off = new Set<string>()
  let known = new Map<string, Connection>()
  let columns: Channel[] | null = null

  /** Kinds that are being read, or whose last read failed: their copy in memory may be stale. */
  const unread = new Set<ConfigKind>()
  let reading: Promise<void> = Promise.resolve()
  /** One after the other: an older result must never replace a newer one. */
  function read(kind: ConfigKind): Promise<void> {
    const next = reading.then(() => readNow(kind))
    reading = next.catch(() => {})
    return next
  }

  async function readNow(kind: ConfigKind): Promise<void> {
    unread.add(kind)
    if (kind === 'event-types') catalogue.replace([...(systemEventTypes as EventType[]), ...parts.inCode, ...(await parts.eventTypes())])
    if (kind === 'channels') off = await parts.channels()
    if (kind === 'connections') {
      const fresh = await parts.connections()
      const next = new Map<string, Connection>()
      for (const connection of fresh) {
        const old = known.get(connection.id)
        // An unchanged connection stays the same object: pools and prepared keys belong to its settings.
        next.set(
          connection.id,
          old !== undefined && isSame(old, connection) ? { ...connection, settings: old.settings, destination: old.destination } : freeze(connection),
        )
      }
      for (const [id, old] of known) if (next.get(id)?.settings !== old.settings) parts.dispose(old)
      known = next
      registry.replace([...next.values()])
    }
    if (kind === 'connections' || kind === 'health') await registry.loadHealth(parts.health)
    columns = null
    unread.delete(kind)
  }

  return {
    read,
    /** Reads kinds again whose read failed after a change: a change is announced only once. */
    async catchUp(): Promise<void> {
      for (const kind of [...unread]) await read(kind)
    },
    async readAll(): Promise<void> {
      for (const kind of ['event-types', 'channels', 'connections'] as const) await read(kind)
    },
    channelNames,
    channels(): readonly Channel[] {
      columns ??= channelNames.map((name) => ({
        name,
        enabled: !off.has(name),
        needsDestination: name !== 'in_app',
        connected: name === 'in_app' || registry.connected(name),
        providers: registry.providers(name),
      }))
      return columns
    },
    disposeAll(): void {
      for (const connection of known.values()) parts.dispose(connection)
    },
  }
}

export type LiveConfig = ReturnType<typeof createLiveConfig>

const isSame = (one: Connection, other: Connection): boolean => sendsBy(one) === sendsBy(other)
const sendsBy = ({ updatedAt, settings, destination }: Connection): string => JSON.stringify([updatedAt, settings, destination])

const freeze = (connection: Connection): Connection => ({
  ...connection,
  settings: deepFreeze(connection.settings),
  destination: connection.destination === null ? null : deepFreeze(connection.destination),
})

function checkPack(key: string, schema: EventType['schema']): void {
  try {
    compileDataSchema(schema)
  } catch (error) {
    throw new Error(`the event type ${key} of a pack: ${error instanceof Error ? error.message : String(error)}`, { cause: error })
  }
}
