import type { AdmitParts } from '../catalogue/admit.ts'
import { admit } from '../catalogue/admit.ts'
import type { Catalogue } from '../catalogue/catalogue.ts'
import type { Connection } from '../domain/connection.ts'
import type { Decision } from '../domain/decision.ts'
import type { EventReport } from '../domain/report.ts'
import type { Clock, Millis } from '../domain/time.ts'
import { resolve } from '../recipients/resolve.ts'
import { walk } from '../recipients/walk.ts'
import type { Channel } from '../routing/reach.ts'
import { claimants } from './claimants.ts'
import type { PlanningTransaction } from './fan-out.ts'
import { fromSet, plan } from './plan.ts'
import { decideShared, planShared } from './plan-shared.ts'

export interface ExplainParts {
  catalogue: Catalogue
  admit: AdmitParts
  hub(): { channels: readonly Channel[]; logOnly: boolean; shared: readonly Connection[]; connectionFor(channel: string, provider?: string): string }
  /** Runs in a transaction that is always rolled back: new users are decided for, but do not come into being. */
  rehearse<T>(run: (tx: PlanningTransaction) => Promise<T>): Promise<T>
  clock: Clock
}

/** How many recipients of a topic are explained. */
const SHOWN = 200

/** What would be decided if this were reported now: the same code as for real, with nothing stored and nothing sent. */
export function createExplain({ catalogue, hub, rehearse, clock, ...parts }: ExplainParts) {
  return async function explain(report: EventReport): Promise<(Decision & { recipient: string; at: Millis })[]> {
    const now = clock()
    const entry = catalogue.entry(report.type)
    const event = admit(report, entry, now, parts.admit)
    const { channels, logOnly, shared, connectionFor } = hub()
    return rehearse(async (tx) => {
      const { members, excluded } = resolve((await walk(event.to, null, SHOWN, tx)).members, event.actor)
      await tx.upsertUsers(members)
      const ids = members.flatMap((member) => (member.kind === 'user' ? [member.id] : []))
      const reaches = (await tx.reaches(ids, [event.type]))(event.type)
      const decided = decideShared(event, entry, shared, channels, now)
      const occasion = { eventType: entry.eventType, requested: event.channels, expiresAt: event.expiresAt, channels, logOnly, now }
      const told = event.dedupKey === null ? new Set<string>() : await tx.claimDedup(event, claimants(members, reaches, decided, occasion))
      const planned = plan({ event, entry, occasion, members, excluded, reaches, told, taken: new Set(), connectionFor })
      const forShared = planShared(event, decided, told, now)
      return [
        ...planned.notifications.flatMap(({ userId, decisions }) => fromSet(decisions).map((decision) => ({ recipient: userId, ...decision, at: now }))),
        ...[...planned.decisions, ...forShared.decisions].map((decision) => ({ ...decision, at: now })),
      ]
    })
  }
}
