import type { Connection } from '../domain/connection.ts'
import type { Event } from '../domain/event.ts'
import { newId } from '../domain/id.ts'
import type { Json, JsonObject } from '../domain/json.ts'
import type { Notice } from '../domain/notice.ts'
import { type Clock, toIso } from '../domain/time.ts'
import { wordsOf } from '../domain/trouble.ts'

export interface NoticeParts {
  connection(id: string): Connection | undefined
  clock: Clock
}

/** A change of a target, as an event of the system catalogue: it takes the same path as every other event. */
export function noticeEvents(notices: readonly Notice[], { connection, clock }: NoticeParts): Event[] {
  return notices.flatMap((notice): Event[] => {
    if (notice.kind === 'destination.switched_off') {
      const { user, channel = '', trouble = 'gone', place, others } = notice
      const data = { channel, reason: wordsOf(trouble), ...(place === undefined ? {} : { place, others: others ?? 0 }) }
      return user === undefined ? [] : [switchedOff([user], data, clock())]
    }
    const about = connection(notice.target)
    if (about === undefined) return []
    const data: JsonObject = {
      connection: about.id,
      name: about.name,
      provider: about.provider,
      ...(notice.detail === '' ? {} : { error: notice.detail }),
      ...(notice.blockedUntil === null ? {} : { blockedUntil: toIso(notice.blockedUntil) }),
    }
    // No recipient is named: operators receive it by shared connections that subscribe to it.
    return [systemEvent(notice.kind, notice.kind === 'connection.blocked' ? 'error' : 'success', [], null, data, clock())]
  })
}

/** Notifies these people in their inbox that one of their places is no longer reached; `data` follows the event type's schema in `catalogue/system.ts`. */
export const switchedOff = (users: readonly string[], data: { channel: string; reason: string; [more: string]: Json }, now: number): Event =>
  systemEvent(
    'destination.switched_off',
    'warning',
    users.map((id) => ({ kind: 'user', id })),
    ['in_app'],
    data,
    now,
  )

/** An event of the hub's own. `to` empty: only shared connections that subscribe to it receive it. */
export const systemEvent = (type: string, severity: Event['severity'], to: Event['to'], channels: string[] | null, data: JsonObject, now: number): Event => ({
  id: newId('evt', now),
  type,
  to,
  data,
  sensitive: null,
  actor: null,
  channels,
  dedupKey: null,
  tags: [],
  severity,
  priority: 'medium',
  url: null,
  sendAt: null,
  expiresAt: null,
  acceptedAt: now,
  hops: 0,
  place: null,
  reporter: null,
})
