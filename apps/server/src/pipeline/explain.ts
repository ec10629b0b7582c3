import type { AdmitParts } from '../catalogue/admit.ts'
import { admit } from '../catalogue/admit.ts'
import type { Catalogue } from '../catalogue/catalogue.ts'
import type { EventReport } from '../domain/report.ts'
import type { RecordedDecision } from '../domain/stored.ts'
import type { Clock } from '../domain/time.ts'
import { resolve } from '../recipients/resolve.ts'
import { walk } from '../recipients/walk.ts'
import type { PlanningTransaction } from './fan-out-parts.ts'
import { decisionsOf, type HubNow } from './plan.ts'
import { planParts } from './plan-parts.ts'
import { refuseUnknownTopics, type TopicParts } from './refuse-unknown-topics.ts'

export interface ExplainParts extends TopicParts {
  catalogue: Catalogue
  admit: AdmitParts
  hub(): HubNow
  /** Runs in a transaction that is always rolled back: new users are decided for, but not created. */
  rehearse<T>(run: (tx: PlanningTransaction) => Promise<T>): Promise<T>
  clock: Clock
}

/** How many recipients of a topic are explained. */
const SHOWN = 200

/** The decisions that this report would lead to now: the same code as for a real one, with nothing stored and nothing sent. */
export function createExplain({ catalogue, hub, rehearse, unknownTopics, clock, ...parts }: ExplainParts) {
  return async function explain(report: EventReport): Promise<RecordedDecision[]> {
    const now = clock()
    const entry = catalogue.entry(report.type)
    const event = admit(report, entry, now, parts.admit)
    await refuseUnknownTopics(report, unknownTopics)
    return rehearse(async (tx) => {
      const page = await walk(event.to, null, SHOWN, tx)
      const owners = await tx.owners(page.members.flatMap(({ kind, id }) => (kind === 'address' ? [id] : [])))
      const { members, excluded } = resolve(page.members, owners, event.actor)
      await tx.upsertUsers(members)
      const standings = (
        await tx.standings(
          members.map(({ id }) => id),
          [event.type],
        )
      )(event.type)
      const plans = await planParts([{ event, members, excluded, standings, first: true, repeats: false }], { catalogue, hub: hub(), now }, tx)
      return plans.flatMap(decisionsOf).map((decision) => ({ ...decision, at: now }))
    })
  }
}
