import type { Catalogue } from '../catalogue/catalogue.ts'
import type { Event } from '../domain/event.ts'
import type { Millis } from '../domain/time.ts'
import type { Member } from '../recipients/member.ts'
import type { Standing } from '../routing/standing.ts'
import type { Batch } from './batch.ts'
import { type Claims, decide } from './decide.ts'
import { deletedEventType } from './deleted-event-type.ts'
import type { HubNow, Plan } from './plan.ts'

/** Recipients of one event that are planned in one transaction. */
export interface Part {
  event: Event
  members: readonly Member[]
  /** The user who caused the event. */
  excluded: Member | null
  /** Users who were deleted after the event was reported. */
  ended?: readonly Member[]
  standings: ReadonlyMap<string, Standing>
  /** The first part of its event. */
  first: boolean
  /** Some of its people may have been planned for already, by another entry of the audience. */
  repeats: boolean
}

export interface PartClaims extends Claims {
  /** Of these users, those who already have a notification of the event. */
  notified(eventId: string, userIds: string[]): Promise<Set<string>>
}

/** The plan of each part, in order. */
export async function planParts(
  parts: readonly Part[],
  { catalogue, hub, now }: { catalogue: Catalogue; hub: HubNow; now: Millis },
  claims: PartClaims,
): Promise<Plan[]> {
  const batches: Batch[] = []
  for (const { event, members, excluded, ended = [], standings, first, repeats } of parts) {
    const known = repeats ? await claims.notified(event.id, userIds(members)) : NOBODY
    const entry = catalogue.find(event.type) ?? deletedEventType(event)
    const rest = known.size === 0 ? members : members.filter(({ id }) => !known.has(id))
    batches.push({ event, entry, hub, members: rest, excluded, ended, standings, withShared: first, metBefore: repeats || !first, now })
  }
  return decide(batches, claims)
}

const NOBODY: ReadonlySet<string> = new Set()
const userIds = (members: readonly Member[]): string[] => members.flatMap((member) => (member.kind === 'user' ? [member.id] : []))
