import type { Routing, RoutingInput, RoutingRow } from '@carillon/client'
import type { EventType } from '../../domain/event-type.ts'
import { CarillonError } from '../../errors.ts'
import { escapePointer } from '../../forms/json-text.ts'
import type { CellChange, PreferenceStore } from '../../storage/people/preferences.ts'
import type { App } from '../app.ts'
import { requireUser } from '../caller.ts'
import { type ChannelParts, listChannels } from './channels.ts'
import * as schemas from './schemas/people.ts'

export interface MyPreferenceParts extends ChannelParts {
  preferences: PreferenceStore
  catalogue: { all(): EventType[] }
}

export function myPreferenceRoutes(app: App, parts: MyPreferenceParts): void {
  const { preferences, catalogue, providers } = parts

  async function matrix(userId: string): Promise<Routing> {
    const channels = (await listChannels(parts)).filter(({ enabled, usable }) => enabled && usable).map(({ channel }) => channel)
    const own = new Map((await preferences.routes(userId)).map((cell) => [`${cell.event_type} ${cell.channel}`, cell.enabled === 1]))
    return { channels, eventTypes: catalogue.all().map((eventType) => toRow(eventType, channels, own)) }
  }

  app.get('/v1/me/routing', { schema: { response: { 200: schemas.Routing } } }, (request) => matrix(requireUser(request).userId))

  app.put('/v1/me/routing', { schema: { body: schemas.RoutingInput, response: { 200: schemas.Routing } } }, async (request) => {
    const { userId } = requireUser(request)
    const known = new Set(['in_app', ...providers.map(({ channel }) => channel)])
    await preferences.putRoutes(userId, toCells(request.body, catalogue.all(), known))
    return matrix(userId)
  })

  app.get('/v1/me/preferences', { schema: { response: { 200: schemas.Preferences } } }, async (request) => {
    const { channels, categories } = await preferences.get(requireUser(request).userId)
    return { channels, categories }
  })

  app.patch('/v1/me/preferences', { schema: { body: schemas.PreferencesInput, response: { 200: schemas.Preferences } } }, async (request) => {
    const { channels, categories } = await preferences.patch(requireUser(request).userId, request.body)
    return { channels, categories }
  })
}

function toRow(eventType: EventType, channels: readonly string[], own: ReadonlyMap<string, boolean>): RoutingRow {
  const { key, name, category, critical, essential, locked } = eventType
  const cells = channels.map((channel) => {
    const standard = eventType.channels === undefined || eventType.channels[channel] === true
    const isLocked = locked.includes(channel)
    return [channel, { enabled: isLocked ? standard : (own.get(`${key} ${channel}`) ?? standard), default: standard, locked: isLocked }] as const
  })
  return { key, name, category, critical, essential, channels: Object.fromEntries(cells) }
}

/** Pure: every cell, checked against catalogue and channels before the first is written. */
function toCells({ routes }: RoutingInput, eventTypes: readonly EventType[], channels: ReadonlySet<string>): CellChange[] {
  const known = new Map(eventTypes.map((eventType) => [eventType.key, eventType]))
  return Object.entries(routes).flatMap(([key, cells]) => {
    const pointer = `/routes/${escapePointer(key)}`
    const eventType = known.get(key)
    if (eventType === undefined) throw new CarillonError('unknown_event_type', { errors: [{ pointer, message: 'is not a known event type' }] })
    return Object.entries(cells).map(([channel, enabled]) => {
      const at = `${pointer}/${escapePointer(channel)}`
      if (!channels.has(channel)) throw new CarillonError('unknown_channel', { errors: [{ pointer: at, message: 'is not a known channel' }] })
      if (eventType.locked.includes(channel)) throw new CarillonError('locked_route', { errors: [{ pointer: at, message: 'is locked by the event type' }] })
      return { eventType: key, channel, enabled }
    })
  })
}
