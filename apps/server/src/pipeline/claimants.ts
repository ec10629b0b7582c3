import type { Member } from '../recipients/member.ts'
import type { Occasion, Reach } from '../routing/reach.ts'
import { personSkip, routeChannel } from '../routing/route.ts'
import { addressChannel, addressReach, type PlannedDecision } from './plan.ts'

/**
 * For whom an event claims its dedup key: who hears it. Somebody who is skipped must not lose the fact to their later self, nor a room to the
 * condition that it was not told under.
 */
export const claimants = (
  members: readonly Member[],
  reaches: ReadonlyMap<string, Reach>,
  shared: readonly PlannedDecision[],
  occasion: Occasion,
): string[] => [
  ...members.filter((member) => hears(member, reaches, occasion)).map(({ id }) => id),
  ...shared.filter(({ decision }) => decision === 'deliver').map(({ recipient }) => recipient),
]

function hears({ kind, id }: Member, reaches: ReadonlyMap<string, Reach>, occasion: Occasion): boolean {
  const reach = kind === 'address' ? addressReach(id) : reaches.get(id)!
  const channels = kind === 'address' ? [addressChannel(occasion)].filter((channel) => channel !== undefined) : occasion.channels
  return personSkip(reach, occasion) === null && channels.some((channel) => routeChannel(reach, channel, occasion).decision === 'deliver')
}
