import type { TestHub } from '../../src/testing.ts'
import type { Report } from './storm.ts'
import type { Town } from './town.ts'

/** A delivery that the dead process was sending, or about to send. */
export interface Leased {
  id: string
  event_id: string
  recipient: string
}

export interface Books {
  hub: TestHub
  town: Town
  /** Reports of all rounds. */
  all: readonly Report[]
  /** Reports of this round, each of them answered. */
  reports: readonly Report[]
  leased: readonly Leased[]
}

/** Compares the promises with the stored rows and the received messages. Every returned sentence is a broken promise. */
export async function losses({ hub, town, all, reports, leased }: Books): Promise<string[]> {
  const { db } = hub.app.dialect
  const wrong: string[] = []

  const events = await db.selectFrom('events').select(['id', 'data', 'state']).where('type', '=', town.eventType).execute()
  const byId = new Map(events.map((event) => [event.id, event]))
  const numbered = Map.groupBy(events, ({ data }) => (JSON.parse(data) as { n: number }).n)
  for (const { n, answer } of reports) {
    const stored = byId.get(answer!)
    if (stored === undefined) wrong.push(`event ${answer} (${n}) was acknowledged and is not there`)
    else if (stored.state !== 'planned') wrong.push(`event ${answer} (${n}) is there, but ${stored.state}`)
    const copies = numbered.get(n)?.length ?? 0
    if (copies > 1) wrong.push(`report ${n} became ${copies} events`)
  }

  // One pass over the reports of the round: their recipients, compared with the receiver and the tables.
  const promised = new Set(reports.flatMap(({ answer, users }) => users.map((user) => `${answer} ${user}`)))
  const arrived = Map.groupBy(town.told(), ({ eventId, user }) => `${eventId} ${user}`)
  for (const pair of promised) if (!arrived.has(pair)) wrong.push(`${pair} never arrived`)

  const inFlight = new Set(leased.map(({ event_id, recipient }) => `${event_id} ${recipient}`))
  for (const pair of promised) {
    const times = arrived.get(pair) ?? []
    if (new Set(times.map(({ webhookId }) => webhookId)).size > 1) wrong.push(`${pair} came under several ids`)
    if (times.length > 1 && !inFlight.has(pair)) wrong.push(`${pair} came ${times.length} times, although it was not in flight`)
    if (times.length > 2) wrong.push(`${pair} came ${times.length} times in one death`)
  }

  const deliveries = await db.selectFrom('deliveries').select(['id', 'event_id', 'recipient', 'state', 'error_code']).execute()
  for (const { id, event_id, recipient, state, error_code } of deliveries) {
    const pair = `${event_id} ${recipient}`
    if (state !== 'sent') wrong.push(`delivery ${id} is ${state} (${error_code})`)
    for (const { webhookId } of promised.has(pair) ? (arrived.get(pair) ?? []) : [])
      if (webhookId !== id) wrong.push(`${pair} came as ${webhookId}, but is ${id}`)
  }
  const owed = all.reduce((sum, { users }) => sum + users.length, 0)
  if (deliveries.length !== owed) wrong.push(`${owed} deliveries were promised and ${deliveries.length} are stored`)

  const shown = await db
    .selectFrom('notifications')
    .select(['user_id', (row) => row.fn.countAll<number>().as('n')])
    .where('visible', '=', 1)
    .groupBy('user_id')
    .execute()
  const counts = new Map(shown.map(({ user_id, n }) => [user_id, Number(n)]))
  const due = new Map<string, number>()
  for (const { users } of all) for (const user of users) due.set(user, (due.get(user) ?? 0) + 1)
  for (const [user, count] of due) if (counts.get(user) !== count) wrong.push(`the inbox of ${user} has ${counts.get(user) ?? 0} entries, not ${count}`)

  for (const { problem, count } of await hub.app.stores.events.reconcile()) wrong.push(`${problem}: ${count}`)
  return wrong
}
