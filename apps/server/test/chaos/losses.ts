import type { Selectable } from 'kysely'
import type { DeliveryState } from '../../src/domain/delivery.ts'
import { stateOf } from '../../src/storage/delivery-states.ts'
import type { Dialect } from '../../src/storage/dialects/dialect.ts'
import type { DeliveriesTable } from '../../src/storage/schema.ts'
import type { TestHub } from '../../src/testing.ts'
import type { Report } from './storm.ts'
import type { Town } from './town.ts'

/** A delivery as its row has it, with public ids and the name of its state. */
export interface StoredDelivery extends Pick<Selectable<DeliveriesTable>, 'recipient' | 'attempts' | 'error_code'> {
  id: string
  eventId: string
  state: DeliveryState
}

/** The deliveries in the database; a delivery that a dead process was sending, or about to send, is still `sending`. */
export async function storedDeliveries({ db, publicId }: Dialect): Promise<StoredDelivery[]> {
  const rows = await db
    .selectFrom('deliveries as d')
    .innerJoin('events as e', 'e.n', 'd.event')
    .select(['d.recipient', 'd.attempts', 'd.error_code', 'd.state', publicId('dlv', 'd.id').as('id'), publicId('evt', 'e.id').as('eventId')])
    .execute()
  return rows.map((row) => ({ ...row, state: stateOf(row.state) }))
}

export interface Books {
  hub: TestHub
  town: Town
  /** Reports of all rounds. */
  all: readonly Report[]
  /** Reports of this round, each of them answered. */
  reports: readonly Report[]
  /** Those that the dead process was sending, or about to send. */
  leased: readonly Pick<StoredDelivery, 'eventId' | 'recipient'>[]
}

/** Compares the promises with the stored rows and the received messages. Every returned sentence is a broken promise. */
export async function losses({ hub, town, all, reports, leased }: Books): Promise<string[]> {
  const { db, publicId } = hub.app.dialect
  const wrong: string[] = []

  const events = await db
    .selectFrom('events')
    .select(['data', 'state', publicId('evt', 'events.id').as('id')])
    .where('type', '=', town.eventType)
    .execute()
  const byId = new Map(events.map((event) => [event.id, event]))
  const isCancelled = (id: string | null) => id !== null && byId.get(id)?.state === 'cancelled'
  const kept = (reported: readonly Report[]) => reported.filter(({ answer }) => !isCancelled(answer))
  const numbered = Map.groupBy(events, ({ data }) => (JSON.parse(data) as { n: number }).n)
  for (const { n, answer, cancel } of reports) {
    const stored = byId.get(answer!)
    if (stored === undefined) wrong.push(`event ${answer} (${n}) was acknowledged and is not there`)
    else if (cancel === 'done' && stored.state !== 'cancelled') wrong.push(`event ${answer} (${n}) was cancelled and is ${stored.state}`)
    else if (isCancelled(answer) && (cancel === 'asked' || cancel === 'done')) continue
    else if (stored.state !== 'planned') wrong.push(`event ${answer} (${n}) is there, but ${stored.state}`)
    const copies = numbered.get(n)?.length ?? 0
    if (copies > 1) wrong.push(`report ${n} became ${copies} events`)
  }

  // One pass over the reports of the round: their recipients, compared with the receiver and the tables.
  const promised = new Set(kept(reports).flatMap(({ answer, users }) => users.map((user) => `${answer} ${user}`)))
  const arrived = Map.groupBy(town.told(), ({ eventId, user }) => `${eventId} ${user}`)
  for (const pair of promised) if (!arrived.has(pair)) wrong.push(`${pair} never arrived`)

  const inFlight = new Set(leased.map(({ eventId, recipient }) => `${eventId} ${recipient}`))
  for (const pair of promised) {
    const times = arrived.get(pair) ?? []
    if (new Set(times.map(({ webhookId }) => webhookId)).size > 1) wrong.push(`${pair} came under several ids`)
    if (times.length > 1 && !inFlight.has(pair)) wrong.push(`${pair} came ${times.length} times, although it was not in flight`)
    if (times.length > 2) wrong.push(`${pair} came ${times.length} times in one death`)
  }

  const deliveries = (await storedDeliveries(hub.app.dialect)).filter(({ eventId }) => !isCancelled(eventId))
  for (const { id, eventId, recipient, state, error_code } of deliveries) {
    const pair = `${eventId} ${recipient}`
    if (state !== 'sent') wrong.push(`delivery ${id} is ${state} (${error_code})`)
    for (const { webhookId } of promised.has(pair) ? (arrived.get(pair) ?? []) : [])
      if (webhookId !== id) wrong.push(`${pair} came as ${webhookId}, but is ${id}`)
  }
  const owed = kept(all).reduce((sum, { users }) => sum + users.length, 0)
  if (deliveries.length !== owed) wrong.push(`${owed} deliveries were promised and ${deliveries.length} are stored`)

  const shown = await db
    .selectFrom('notifications')
    .innerJoin('events', 'events.n', 'notifications.event')
    .select(['user_id', (row) => row.fn.countAll<number>().as('n')])
    .where('visible', '=', 1)
    .where('events.state', '<>', 'cancelled')
    .groupBy('user_id')
    .execute()
  const counts = new Map(shown.map(({ user_id, n }) => [user_id, Number(n)]))
  const due = new Map<string, number>()
  for (const { users } of kept(all)) for (const user of users) due.set(user, (due.get(user) ?? 0) + 1)
  for (const [user, count] of due) if (counts.get(user) !== count) wrong.push(`the inbox of ${user} has ${counts.get(user) ?? 0} entries, not ${count}`)

  for (const { problem, count } of await hub.app.stores.events.reconcile()) wrong.push(`${problem}: ${count}`)
  return wrong
}

/**
 * Deliveries of cancelled events that were sent, or tried, after the death, although every cancel was before it. `before`: all deliveries as the dead process
 * left them; what had not been planned then is not among them.
 */
export async function sentAfterCancel(hub: TestHub, before: readonly StoredDelivery[]): Promise<string[]> {
  const { dialect } = hub.app
  const events = await dialect.db.selectFrom('events').select(dialect.publicId('evt', 'events.id').as('id')).where('state', '=', 'cancelled').execute()
  const cancelled = new Set(events.map(({ id }) => id))
  const known = new Map(before.map((one) => [one.id, one]))
  return (await storedDeliveries(dialect)).flatMap(({ id, eventId, state, attempts }) => {
    if (!cancelled.has(eventId)) return []
    const then = known.get(id)
    const isKept = then?.state === 'sent' ? state === 'sent' : state === 'cancelled' && attempts === (then?.attempts ?? 0)
    return isKept ? [] : [`delivery ${id} of a cancelled event was ${then?.state} and is ${state} after ${attempts} attempts`]
  })
}
