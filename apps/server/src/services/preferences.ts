import type { Routing, RoutingInput, RoutingRow } from '@carillon/client'
import type { Asker } from '../domain/caller.ts'
import { type EventType, isOnByDefault } from '../domain/event-type.ts'
import { didYouMean } from '../domain/nearest.ts'
import { CarillonError, type ErrorCode, type FieldError } from '../errors.ts'
import { escapePointer } from '../forms/json-text.ts'
import { requireUser } from '../security/rights.ts'
import type { CellChange, PreferenceBody, PreferencePatch, PreferenceStore } from '../storage/people/preferences.ts'
import type { ChannelService } from './channels.ts'

export interface PreferenceServiceParts {
  store: PreferenceStore
  channels: Pick<ChannelService, 'list' | 'names'>
  /** Every registered event type. */
  eventTypes(): EventType[]
}

/** The preferences of the user who asks, or for whom a key with `act` asks: which channel for which event type. Others get `forbidden`. */
export function createPreferenceService({ store, channels, eventTypes }: PreferenceServiceParts) {
  async function matrixOf(userId: string): Promise<Routing> {
    const usable = (await channels.list()).flatMap(({ channel, enabled, usable }) => (enabled && usable ? [channel] : []))
    const own = new Map((await store.routes(userId)).map((cell) => [`${cell.event_type} ${cell.channel}`, cell.enabled === 1]))
    return { channels: usable, eventTypes: eventTypes().map((eventType) => toRow(eventType, usable, own)) }
  }

  return {
    async matrix({ caller }: Asker): Promise<Routing> {
      return matrixOf(requireUser(caller).userId)
    },
    /** Changes the named cells. Throws `unknown_event_type`, `unknown_channel` or `locked_route` before the first is written. */
    async putMatrix({ caller }: Asker, given: RoutingInput): Promise<Routing> {
      const writer = requireUser(caller)
      await store.putRoutes(writer, toCells(given, eventTypes(), channels.names))
      return matrixOf(writer.userId)
    },
    async get({ caller }: Asker): Promise<PreferenceBody> {
      return store.get(requireUser(caller).userId)
    },
    /**
     * Merges. Throws `unknown_channel`, or `invalid_field` for an unknown category, with a pointer to each name that is not known. A name that
     * is stored already, because its channel or category has gone since, stays acceptable.
     */
    async patch({ caller }: Asker, given: PreferencePatch): Promise<PreferenceBody> {
      const writer = requireUser(caller)
      refuseUnknownNames(given, await store.get(writer.userId), {
        channels: new Set(channels.names),
        categories: new Set(eventTypes().map(({ category }) => category)),
      })
      return store.patch(writer, given)
    },
  }
}

export type PreferenceService = ReturnType<typeof createPreferenceService>

function toRow(eventType: EventType, channels: readonly string[], own: ReadonlyMap<string, boolean>): RoutingRow {
  const { key, name, category, critical, essential, locked } = eventType
  const cells = channels.map((channel) => {
    const standard = isOnByDefault(eventType, channel)
    const isLocked = locked.includes(channel)
    return [channel, { enabled: isLocked ? standard : (own.get(`${key} ${channel}`) ?? standard), default: standard, locked: isLocked }] as const
  })
  return { key, name, category, critical, essential, channels: Object.fromEntries(cells) }
}

/** Pure: every cell, checked against catalogue and channels. */
function toCells({ routes }: RoutingInput, eventTypes: readonly EventType[], channels: readonly string[]): CellChange[] {
  const known = new Map(eventTypes.map((eventType) => [eventType.key, eventType]))
  return Object.entries(routes).flatMap(([key, cells]) => {
    const pointer = `/routes/${escapePointer(key)}`
    const eventType = known.get(key)
    if (eventType === undefined)
      throw new CarillonError('unknown_event_type', { errors: [{ pointer, message: `is not a known event type${didYouMean(key, [...known.keys()])}` }] })
    return Object.entries(cells).map(([channel, enabled]) => {
      const at = `${pointer}/${escapePointer(channel)}`
      if (!channels.includes(channel))
        throw new CarillonError('unknown_channel', { errors: [{ pointer: at, message: `is not a known channel${didYouMean(channel, channels)}` }] })
      if (eventType.locked.includes(channel)) throw new CarillonError('locked_route', { errors: [{ pointer: at, message: 'is locked by the event type' }] })
      return { eventType: key, channel, enabled }
    })
  })
}

interface KnownNames {
  channels: ReadonlySet<string>
  categories: ReadonlySet<string>
}

/** Pure. Names that nothing has would be stored for ever and switch nothing; most are misspelt. */
function refuseUnknownNames(given: PreferencePatch, stored: PreferenceBody, known: KnownNames): void {
  const unknownChannels = (switches: object, at: string, had: object) =>
    Object.keys(switches).flatMap((name) =>
      known.channels.has(name) || Object.hasOwn(had, name)
        ? []
        : [{ pointer: `${at}/${escapePointer(name)}`, message: `is not a known channel${didYouMean(name, [...known.channels])}` }],
    )
  const categories = Object.entries(given.categories ?? {})
  refuse(
    'invalid_field',
    categories.flatMap(([name]) =>
      known.categories.has(name) || Object.hasOwn(stored.categories, name)
        ? []
        : [{ pointer: `/categories/${escapePointer(name)}`, message: `is not the category of any event type${didYouMean(name, [...known.categories])}` }],
    ),
  )
  refuse('unknown_channel', [
    ...unknownChannels(given.channels ?? {}, '/channels', stored.channels),
    ...categories.flatMap(([name, switches]) => unknownChannels(switches, `/categories/${escapePointer(name)}`, stored.categories[name] ?? {})),
  ])
}

function refuse(code: ErrorCode, errors: FieldError[]): void {
  if (errors[0] !== undefined) throw new CarillonError(code, { detail: `${errors[0].pointer} ${errors[0].message}`, errors })
}
