import type { Catalogue, CatalogueEntry } from '../catalogue/catalogue.ts'
import { LOG_CONNECTION, type Registry } from '../connections/registry.ts'
import { renderFailed, tryLater } from '../delivery/deliver.ts'
import type { Claimed, Job, Person } from '../delivery/job.ts'
import { ended, type Outcome, postponed } from '../delivery/outcome.ts'
import { isAddressId } from '../domain/address-id.ts'
import type { Connection } from '../domain/connection.ts'
import { deliver as goAhead, skip, type Verdict } from '../domain/decision.ts'
import type { Event } from '../domain/event.ts'
import type { EventType } from '../domain/event-type.ts'
import type { JsonObject } from '../domain/json.ts'
import type { Message } from '../domain/message.ts'
import { MASK } from '../domain/secret-fields.ts'
import { MINUTE, type Millis } from '../domain/time.ts'
import type { Provider } from '../providers/kit/contract.ts'
import { RenderError } from '../rendering/render-error.ts'
import { isForOnePlace, placeNow, type Standing } from '../routing/standing.ts'
import { decideAgain } from './decide.ts'
import { deletedEventType } from './deleted-event-type.ts'
import type { RulesNow } from './plan.ts'
import { createSend, renderInput, type Send, type SendParts } from './send.ts'

/** The rows that were read when the attempt began. */
export interface Loaded {
  claimed: Claimed
  event: Event
  person: Person
  /** Devices only: how many of the person's notifications are unread now. */
  unread?: number
  /** Null for shared connections, which have no preferences. */
  standing: Standing | null
}

export interface DeliveringParts extends SendParts {
  catalogue: Catalogue
  registry: Registry
  /** The hub as it is now, for the second look. */
  hub(): RulesNow
  /** Sends in other threads what may be sent there, and the rest by `here`; absent = everything is sent here. */
  spread?(here: Send): Send
  /** `data` with the sensitive fields back in it. */
  unseal(event: Event): JsonObject
  /** A destination's fields in clear; the same frozen object as long as the row is unchanged. */
  destination(channel: string, place: { id: string; body: string; updatedAt: number; provider?: string }): JsonObject
  /** The provider that a destination names itself, whatever connection it queues on (a pasted URL); null when it names none. */
  meaning?(channel: string, destination: JsonObject): { provider: Provider; settings: JsonObject; destination: JsonObject } | null
  /** Log-only mode: writes the message that would have been sent. */
  log(job: Job, message: Message): void
}

/** In the worker: check again that the delivery is wanted, render late, try the connections in order, report the outcome. */
export function createDelivering(given: DeliveringParts) {
  const { catalogue, registry, clock } = given
  const parts = { ...given, alike: (connectionId: string) => registry.health(connectionId)?.alike }
  const here = createSend(parts)
  const send = given.spread?.(here) ?? here

  return {
    toJob({ claimed, event, person, standing, unread }: Loaded): Job {
      const onePlace = isForOnePlace(event, entryOf(event).eventType)
      const place = standing === null ? null : placeNow(standing, claimed.channel, claimed.destinationId, onePlace)
      const known = {
        ...claimed,
        ...(event.sensitive !== null && { sensitive: true as const }),
        event,
        person: { ...person, ...(place?.locale !== undefined && { locale: place.locale }) },
        readAt: clock(),
        verdict: lookAgain(claimed, event, standing),
        namedBy: place?.stored?.namedBy ?? ('application' as const),
        ...(place?.provider !== undefined && { provider: place.provider }),
        ...(unread !== undefined && { unread }),
      }
      try {
        const { stored } = place ?? {}
        if (stored !== undefined)
          return {
            ...known,
            destination: parts.destination(claimed.channel, { id: place!.id, ...stored, ...(place!.provider !== undefined && { provider: place!.provider }) }),
          }
        return { ...known, destination: isAddressId(claimed.recipient) ? addressOf(person) : null }
      } catch {
        return { ...known, destination: null, unreadable: true }
      }
    },

    async attempt(job: Job, laneId: string): Promise<Outcome> {
      const wanted = isWanted(job)
      const { eventType } = entryOf(job.event)
      if (secretsAreGone(job.event))
        return ended(
          job,
          'failed',
          { code: 'sensitive_gone', sentence: 'Its sensitive data was deleted when its last delivery ended; report the event again' },
          clock(),
        )
      try {
        if (laneId === LOG_CONNECTION && wanted) {
          const message = parts.render(renderInput({ job, eventType, data: job.event.data }, 'text', {}))
          parts.log(job, message)
          return ended(job, 'logged', null, clock(), message)
        }
        const data = () => (job.event.sensitive === null ? job.event.data : unsealed(job.event))
        const direct = directly(job, laneId)
        if (direct !== null) return keepMasked(job, eventType, await send({ job: direct.job, connections: [direct.connection], eventType, data, direct: true }))
        const connections = connectionsFor(job, laneId)
        if (connections.length === 0 && wanted && registry.isBuiltIn(laneId) && !registry.all().some((one) => one.enabled && one.channel === job.channel))
          return ended(job, 'failed', { code: 'no_connection', sentence: 'Nothing here speaks this address, and no connection is left that could' }, clock())
        if (connections.length === 0 && wanted) return postponed(job, blockEnd(job) ?? clock() + MINUTE)
        return keepMasked(job, eventType, await send({ job, connections, eventType, data, direct: false }))
      } catch (error) {
        if (error instanceof SealedEvent) return tryLater(job, { code: 'event_unreadable', sentence: error.message }, parts)
        const cause = error instanceof RenderError ? error : { kind: 'template' as const, message: error instanceof Error ? error.message : String(error) }
        return renderFailed(job, cause, parts)
      }
    },
  }

  function entryOf(event: Event): CatalogueEntry {
    return catalogue.find(event.type) ?? deletedEventType(event)
  }

  /** A destination that names its own provider. No connection of an operator takes part, so its health is its own. */
  function directly(job: Job, laneId: string): { job: Job; connection: Connection } | null {
    const meant =
      job.destination === null || !isWanted(job) || job.recipient.startsWith('con_') ? null : (parts.meaning?.(job.channel, job.destination) ?? null)
    const lane = registry.find(laneId)
    if (meant === null || lane === undefined) return null
    return {
      job: { ...job, destination: meant.destination },
      connection: { ...lane, provider: meant.provider.id, settings: meant.settings, personal: true },
    }
  }

  /** The kept message must not contain secrets. It was sent by now, so no failure here changes the outcome. */
  function keepMasked(job: Job, eventType: EventType, outcome: Outcome): Outcome {
    if (outcome.message === null || job.event.sensitive === null) return outcome
    try {
      return { ...outcome, message: parts.render(renderInput({ job, eventType, data: job.event.data }, 'text', {})) }
    } catch {
      return { ...outcome, message: null }
    }
  }

  /** A manual retry of an event whose secrets were already deleted must not send the mask. */
  function secretsAreGone(event: Event): boolean {
    return event.sensitive === null && catalogue.find(event.type)?.sensitive === true && JSON.stringify(event.data).includes(`"${MASK}"`)
  }

  /** The second check: the same rules as at planning, so that an opt-out after the report still counts. */
  function lookAgain({ channel, recipient, destinationId }: Claimed, event: Event, standing: Standing | null): Verdict {
    const hub = parts.hub()
    if (standing === null) return recipient.startsWith('con_') ? sharedAgain(hub, channel) : skip('no_destination')
    return decideAgain('attempt', { event, entry: entryOf(event), standing, channel, destinationId, hub, now: clock() })
  }

  /** The connection whose lane this is first, then the other open ones of the channel. A shared connection stands alone. */
  function connectionsFor(job: Job, laneId: string): Connection[] {
    if (job.recipient.startsWith('con_')) {
      const own = registry.find(job.recipient)
      return own?.enabled && registry.closedUntil(own.id, clock()) === null ? [own] : []
    }
    const open = registry.open(job.channel, clock()).filter(({ provider }) => job.provider === undefined || provider === job.provider)
    const first = open.find(({ id }) => id === laneId)
    return first ? [first, ...open.filter((one) => one !== first)] : open
  }

  function blockEnd(job: Job): Millis | null {
    return registry.closedUntil(job.connectionId, clock())
  }

  function unsealed(event: Event): JsonObject {
    try {
      return parts.unseal(event)
    } catch (cause) {
      throw new SealedEvent(cause)
    }
  }
}

class SealedEvent extends Error {
  constructor(cause: unknown) {
    super('The sensitive data of the event does not open: this node lacks the key that encrypted it', { cause })
  }
}

const isWanted = ({ verdict, unreadable }: Job): boolean => verdict.decision === 'deliver' && !unreadable

/** A shared connection has no preferences; only the operator's switch can stop it. */
const sharedAgain = ({ channels }: Pick<RulesNow, 'channels'>, channel: string): Verdict =>
  channels.some(({ name, enabled }) => name === channel && !enabled) ? skip('channel_disabled') : goAhead('routed')

const addressOf = ({ email, name }: Person): JsonObject => Object.freeze({ address: email ?? '', ...(name === undefined ? {} : { name }) })
