import type { Member } from '../recipients/member.ts'
import type { Reach } from '../routing/reach.ts'
import type { PlannedDecision } from './plan.ts'

/** For whom an event claims its dedup key: who may hear it. Somebody inactive must not take the fact from their later self, nor a condition from its room. */
export const claimants = (members: readonly Member[], reaches: ReadonlyMap<string, Reach>, shared: readonly PlannedDecision[]): string[] => [
  ...members.filter((member) => member.kind === 'address' || reaches.get(member.id)?.active).map(({ id }) => id),
  ...shared.filter(({ decision }) => decision === 'deliver').map(({ recipient }) => recipient),
]
