import type { Catalogue } from '../catalogue/catalogue.ts'
import { type Decision, heldUntil, toDecision } from '../domain/decision.ts'
import { HELD_FOR, type HeldFor } from '../domain/delivery.ts'
import type { Event } from '../domain/event.ts'
import { type Clock, MINUTE, type Millis } from '../domain/time.ts'
import { nextTurn } from '../flow/loop.ts'
import { isForOnePlace, placeNow, type Standing } from '../routing/standing.ts'
import { decideAgain } from './decide.ts'
import { deletedEventType } from './deleted-event-type.ts'
import type { HubNow } from './plan.ts'

/** A held delivery whose time has come, or for which there may be a connection now. Its row is locked by the reader. */
export interface HeldDelivery {
  id: string
  eventId: string
  recipient: string
  channel: string
  destinationId: string
  heldFor: HeldFor
  heldUntil: Millis | null
  /** Devices only: the provider of the device. */
  provider: string | null
}

/** The result for a held delivery: exactly one of these, with the line that the trace gains. */
export type Released = { delivery: HeldDelivery; decision: Decision | null } & (
  | { to: 'queued'; connectionId: string; dueAt: Millis }
  | { to: 'held'; heldFor: HeldFor; heldUntil: Millis | null }
  | { to: 'suppressed'; reason: string }
)

/** The part of the store that a release uses, inside one transaction: each row moves once, or nothing happened. */
export interface ReleaseTransaction {
  /** At most `limit` deliveries whose time has come, the longest overdue first; rows that another node has locked are left out. */
  due(limit: number): Promise<HeldDelivery[]>
  /** At most `limit` deliveries of this channel that wait for a connection, by id, after the id `after`. */
  unconnected(channel: string, after: string, limit: number): Promise<HeldDelivery[]>
  events(ids: string[]): Promise<ReadonlyMap<string, Event>>
  standings(recipients: string[], eventTypes: string[]): Promise<(eventType: string) => ReadonlyMap<string, Standing>>
  write(released: readonly Released[]): Promise<void>
}

export interface ReleaseParts {
  catalogue: Catalogue
  hub(): HubNow
  /** The connection on which a held delivery is queued; null when none serves it now. */
  releaseOn(channel: string, provider?: string): string | null
  releasing<T>(run: (tx: ReleaseTransaction) => Promise<T>): Promise<T>
  /** Ends held deliveries whose event has expired; returns how many, at most a chunk. */
  expire(limit: number): Promise<number>
  /** Holds what is queued on a connection that is gone. */
  adoptOrphans(): Promise<unknown>
  /** When the next held delivery is due; null when none has a time. */
  nextHeld(): Promise<Millis | null>
  stopping(): boolean
  failed(what: string, error: unknown): void
  clock: Clock
}

/** Deliveries of one transaction. */
const CHUNK = 250
/** On each channel, deliveries released together start this far apart, so that a crowd at 08:00 overloads no vendor … */
const APART: Millis = 20
/** … and is spread over this long at most. */
const SPREAD: Millis = 10 * MINUTE
/** A delivery that cannot be decided is decided again after this time. */
const PUT_OFF: Millis = MINUTE

/**
 * From held deliveries to queued ones. When its time has come, each is decided again by the same rules as at fan-out, in the standing that its
 * recipient has now: it is queued, held again, or suppressed. Its connection is chosen at that moment.
 */
export function createRelease(parts: ReleaseParts) {
  const { catalogue, clock } = parts

  return {
    nextHeld: parts.nextHeld,

    /** Releases all that are due. Returns whether any was queued. */
    async due(): Promise<boolean> {
      while ((await parts.expire(CHUNK)) === CHUNK && (await goesOn()));
      const places = createPlaces(clock())
      let queued = false
      let released: Released[]
      do {
        released = await parts.releasing(async (tx) => {
          const held = await tx.due(CHUNK)
          return held.length === 0 ? [] : decideHeld(tx, held, places)
        })
        queued ||= released.some(({ to }) => to === 'queued')
      } while (released.length === CHUNK && (await goesOn()))
      return queued
    },

    /** Releases those that wait for a connection of their channel and now have one. Runs after a connection was saved, and at intervals. */
    async unconnected(): Promise<boolean> {
      await parts.adoptOrphans()
      const served = parts.hub().channels.flatMap(({ name, connected }) => (connected ? [name] : []))
      const places = createPlaces(clock())
      let queued = false
      for (const channel of served) {
        let after: string | null = ''
        do {
          const from: string = after
          after = await parts.releasing(async (tx) => {
            const held = await tx.unconnected(channel, from, CHUNK)
            const found = held.map((delivery) => queue(delivery, null, places)).filter(({ to }) => to === 'queued')
            if (found.length > 0) await tx.write(found)
            queued ||= found.length > 0
            return held.length === CHUNK ? held.at(-1)!.id : null
          })
          if (!(await goesOn())) return queued
        } while (after !== null)
      }
      return queued
    },
  }

  /** Between two chunks. SQLite finishes one without ever leaving this turn of the event loop: requests and deliveries would wait for all of them. */
  async function goesOn(): Promise<boolean> {
    await nextTurn()
    return !parts.stopping()
  }

  async function decideHeld(tx: ReleaseTransaction, held: readonly HeldDelivery[], places: Places): Promise<Released[]> {
    const events = await tx.events([...new Set(held.map(({ eventId }) => eventId))])
    const standingsOf = await tx.standings([...new Set(held.map(({ recipient }) => recipient))], [...new Set([...events.values()].map(({ type }) => type))])
    const hub = parts.hub()
    const released = held.map((delivery): Released => {
      const event = events.get(delivery.eventId)
      // Events are deleted with their deliveries; a delivery without its event cannot be sent.
      if (event === undefined) return { delivery, decision: null, to: 'suppressed', reason: 'event_gone' }
      try {
        return again(delivery, event, standingsOf(event.type).get(delivery.recipient)!, hub, places)
      } catch (error) {
        // One that cannot be decided must not keep all the others held.
        parts.failed('release', error)
        return { delivery, decision: null, to: 'held', heldFor: delivery.heldFor, heldUntil: clock() + PUT_OFF }
      }
    })
    await tx.write(released)
    return released
  }

  function again(delivery: HeldDelivery, event: Event, standing: Standing, hub: HubNow, places: Places): Released {
    const { channel, destinationId } = delivery
    const entry = catalogue.find(event.type) ?? deletedEventType(event)
    const verdict = decideAgain('release', { event, entry, standing, channel, destinationId, hub, now: clock() })
    const decision = toDecision(channel, verdict)
    switch (verdict.decision) {
      case 'deliver': {
        const provider = placeNow(standing, channel, destinationId, isForOnePlace(event, entry.eventType))?.provider ?? null
        return queue({ ...delivery, provider }, { ...decision, detail: `held for ${delivery.heldFor} ${until(delivery)}` }, places)
      }
      case 'hold':
        return { delivery, decision, to: 'held', heldFor: HELD_FOR[verdict.reason], heldUntil: verdict.until }
      case 'skip':
        return { delivery, decision: { ...decision, detail: `${delivery.id}: decided again when its hold ended` }, to: 'suppressed', reason: verdict.reason }
    }
  }

  /** Without a connection that serves it, the delivery waits on. */
  function queue(delivery: HeldDelivery, decision: Decision | null, places: Places): Released {
    const connectionId = parts.releaseOn(delivery.channel, delivery.provider ?? undefined)
    if (connectionId === null) return { delivery, decision, to: 'held', heldFor: 'no_connection', heldUntil: null }
    return { delivery, decision, to: 'queued', connectionId, dueAt: places(delivery.channel) }
  }
}

const until = ({ heldUntil: at }: HeldDelivery): string => (at === null ? '' : heldUntil(at))

/** When the next delivery of a channel may start. */
type Places = (channel: string) => Millis

function createPlaces(now: Millis): Places {
  const counts = new Map<string, number>()
  return (channel) => {
    const count = counts.get(channel) ?? 0
    counts.set(channel, count + 1)
    return now + ((count * APART) % SPREAD)
  }
}

export type Release = ReturnType<typeof createRelease>
