import { sql } from 'kysely'
import { isAddressId } from '../../domain/address-id.ts'
import type { Task } from '../../domain/task.ts'
import type { Clock } from '../../domain/time.ts'
import type { PlanningTransaction } from '../../pipeline/fan-out-parts.ts'
import type { AcceptingTransaction, StoringTransaction } from '../../pipeline/keep.ts'
import type { Plan } from '../../pipeline/plan.ts'
import type { Member } from '../../recipients/member.ts'
import type { Dialect } from '../dialects/dialect.ts'
import { inTransaction } from '../in-transaction.ts'
import { deletedSince } from '../people/deleted-users.ts'
import { type AddressHash, upsertProfiles } from '../people/profiles.ts'
import { insertAll, insertRows } from '../rows.ts'
import type { Trx, UsersTable } from '../schema.ts'
import { callOff } from './call-off.ts'
import { claimDedup } from './dedup-keys.ts'
import { claimKeys } from './event-keys.ts'
import type { EventNumbers } from './event-numbers.ts'
import { type Enqueue, insertEvents, plannedEvents } from './event-store.ts'
import type { Node } from './nodes.ts'
import { createNumbers, type Numbers } from './numbers.ts'
import { addressesOf, personOf } from './persons.ts'
import { planningReads } from './plan-reads.ts'
import { planRows } from './plan-write.ts'

export interface PlanStoreParts {
  dialect: Dialect
  /** The transaction of an accepted group, which others may share. After a rollback it may be run again. */
  transaction<T>(run: (trx: Trx) => Promise<T>): Promise<T>
  clock: Clock
  addressHash: AddressHash
  complete(trx: Trx, tasks: Task[]): Promise<void>
  enqueue: Enqueue
  /** This process, which has the deliveries that are leased when they are written. */
  node: Pick<Node, 'held' | 'lasting'>
  eventNumbers: EventNumbers
  /** In the transaction: notifies the inboxes of these users of a change. */
  inboxChanged(trx: Trx, userIds: string[], since: number): Promise<void>
}

/** Thrown to roll a rehearsal back. */
class Rehearsed extends Error {}

/** Runs the transactions that plan; `pipeline/fan-out.ts` and `pipeline/keep.ts` say what happens inside. */
export function createPlanStore(parts: PlanStoreParts) {
  const sets = new Map<string, number>()
  const own: PlanStoreParts['transaction'] = (run) => inTransaction(parts.dialect, run)

  async function committed<T>(transaction: PlanStoreParts['transaction'], run: (trx: Trx, fresh: Map<string, number>) => Promise<T>): Promise<T> {
    // Ids of sets made in a transaction that rolls back never existed, so they are remembered only after the commit.
    let fresh = new Map<string, number>()
    const result = await transaction((trx) => {
      fresh = new Map()
      return run(trx, fresh)
    })
    for (const [body, id] of fresh) sets.set(body, id)
    return result
  }

  return {
    /** `before`: resolves when the transaction is committed that this one follows. */
    planning: <T>(run: (tx: PlanningTransaction) => Promise<T>, before?: Promise<unknown>): Promise<T> =>
      committed(own, (trx, fresh) => run(planningTransaction({ ...parts, before }, trx, sets, fresh))),

    /** The transaction of an accepted group of which nothing is planned: keys, events and tasks. */
    storing: <T>(run: (tx: StoringTransaction) => Promise<T>): Promise<T> =>
      parts.transaction(async (own) => {
        const trx = await parts.dialect.pipelined(own)
        const numbers = createNumbers(parts.dialect, trx)
        const { store, claimKeys } = storingTransaction(parts, trx, numbers)
        return run({
          store,
          claimKeys(group) {
            numbers.ahead(group.reduce((sum, { events }) => sum + events.length, 0))
            return claimKeys(group)
          },
        })
      }),

    /** The same with what is planned at once. Its deliveries may be leased, so this process has a row in `nodes` from now on. */
    accepting<T>(run: (tx: AcceptingTransaction) => Promise<T>): Promise<T> {
      const accept = (node: number): Promise<T> =>
        committed(parts.transaction, async (trx, fresh) => run(acceptingTransaction({ ...parts, node }, await parts.dialect.pipelined(trx), sets, fresh)))
      // Asked in this very call: a transaction that is asked for later is not shared.
      const node = parts.node.lasting()
      return node === null ? parts.node.held().then(accept) : accept(node)
    },

    /** The same, but nothing of it is stored. */
    async rehearse<T>(run: (tx: PlanningTransaction) => Promise<T>): Promise<T> {
      let result: { value: T } | undefined
      await parts.dialect.db
        .transaction()
        .execute(async (trx) => {
          result = { value: await run(planningTransaction(parts, trx, sets, new Map())) }
          throw new Rehearsed()
        })
        .catch((error: unknown) => {
          if (!(error instanceof Rehearsed)) throw error
        })
      return result!.value
    },
  }
}

interface WrittenWith {
  /** The events are stored by the same statement. Nothing may follow but the commit. */
  stored: true
  /** The number of this process in `nodes`. */
  node: number
}

function storingTransaction({ dialect, enqueue }: Pick<PlanStoreParts, 'dialect' | 'enqueue'>, trx: Trx, numbers: Numbers): StoringTransaction {
  return {
    claimKeys: (group) => claimKeys(dialect, trx, group),
    store: (events) => insertEvents(dialect, trx, enqueue, events, numbers),
  }
}

type AcceptingParts = Omit<PlanStoreParts, 'node'> & { node: number }

function acceptingTransaction(parts: AcceptingParts, trx: Trx, sets: ReadonlyMap<string, number>, fresh: Map<string, number>): AcceptingTransaction {
  const { dialect } = parts
  const users = new Map<string, UsersTable>()
  const numbers = createNumbers(dialect, trx)
  const tx = planningTransaction({ ...parts, numbers }, trx, sets, fresh, users, true)
  let known: Awaited<ReturnType<typeof tx.standings>> | undefined
  const idsOf = (members: readonly Member[]) => [...new Set(members.map(({ id }) => id))]
  return {
    ...tx,
    ...storingTransaction(parts, trx, numbers),
    async read(members, eventTypes, events) {
      const recipients = idsOf(members)
      // Usually all people are known, and no more numbers are needed than there are events and people.
      numbers.ahead(events + members.length)
      known = await tx.standings(recipients, [...eventTypes])
    },
    async meet(members, eventTypes) {
      const recipients = idsOf(members)
      const changed = await tx.upsertUsers(members)
      const standings = known === undefined || changed ? await tx.standings(recipients, [...eventTypes]) : known
      const addresses = await addressesOf(dialect, trx, recipients.filter(isAddressId))
      const person = (id: string) => {
        const user = users.get(id)
        return user === undefined ? (addresses.get(id) ?? {}) : personOf(user)
      }
      return { standings, person }
    },
    storePlanned: (plans) => tx.write(plans, { stored: true, node: parts.node }),
  }
}

function planningTransaction(
  parts: Omit<PlanStoreParts, 'node'> & { before?: Promise<unknown> | undefined; numbers?: Numbers },
  trx: Trx,
  sets: ReadonlyMap<string, number>,
  fresh: Map<string, number>,
  users = new Map<string, UsersTable>(),
  stored = false,
): PlanningTransaction & { write(plans: readonly Plan[], given?: WrittenWith): Promise<void>; upsertUsers(members: readonly Member[]): Promise<boolean> } {
  const { dialect, clock, addressHash, complete, inboxChanged, eventNumbers, before, numbers = createNumbers(dialect, trx) } = parts
  const reads = planningReads({ dialect, addressHash }, trx, users, stored)

  const knownSet = (body: string): number | undefined => sets.get(body) ?? fresh.get(body)

  async function setId(body: string): Promise<number> {
    // The transaction before may be about to make the same set, and would wait for this one to commit.
    if (knownSet(body) === undefined) await before
    const known = knownSet(body)
    if (known !== undefined) return known
    const { id } = await trx
      .insertInto('decision_sets')
      .values({ body })
      .onConflict((conflict) => conflict.column('body').doUpdateSet({ body }))
      .returning('id')
      .executeTakeFirstOrThrow()
    fresh.set(body, id)
    return id
  }

  /**
   * The values that the event already has, one look-up in the unique index each. With a plain `in`, PostgreSQL read all rows that the
   * event had by then, again for every chunk of a topic.
   */
  async function knownOf(eventId: string, values: string[], table: 'notifications' | 'deliveries', column: 'user_id' | 'address_hash'): Promise<Set<string>> {
    const n = (await eventNumbers.of(trx, [eventId])).get(eventId)
    if (values.length === 0 || n === undefined) return new Set()
    const asked = dialect.table(
      values.map((value) => ({ value, stored: value })),
      { value: 'text', stored: column === 'user_id' ? 'text' : 'id' },
      'asked',
    )
    const { rows } = await sql<{ value: string }>`select asked.value from ${asked}
      where (select 1 from ${sql.table(table)} t where t.event = ${n} and t.${sql.ref(column)} = asked.stored limit 1) = 1`.execute(trx)
    return new Set(rows.map(({ value }) => value))
  }

  /** Writes plans, with the rows of their events where these are new. */
  async function write(plans: readonly Plan[], given?: WrittenWith): Promise<void> {
    const events = plans.map(({ event }) => event)
    const known =
      given === undefined
        ? await eventNumbers.of(trx, [...new Set(events.map(({ id }) => id))])
        : new Map((await numbers.take(events.length)).map((n, i) => [events[i]!.id, n]))
    const ofNotifications = await numbers.take(plans.reduce((sum, { notifications }) => sum + notifications.length, 0))
    const eventNumber = (id: string) => known.get(id)!
    const ids = new Map<string, number>()
    // In one order, so that two transactions with the same new sets do not wait for each other.
    for (const body of [...new Set(plans.flatMap(({ notifications }) => notifications.map(({ decisions }) => decisions)))].sort())
      ids.set(body, await setId(body))
    const now = clock()
    const { inserts, toNotify } = planRows(plans, { now, numbers: ofNotifications, eventNumber, setId: (body) => ids.get(body)!, node: given?.node ?? null })
    if (given === undefined) await insertAll(dialect, trx, inserts)
    else await dialect.insertWithCommit(trx, [plannedEvents(events, eventNumber, now), ...inserts.filter(({ rows }) => rows.length > 0)])
    if (toNotify.length > 0) await inboxChanged(trx, toNotify, ofNotifications[0]!)
  }

  return {
    ...reads,

    async upsertUsers(members) {
      const named = members.flatMap((member) => (member.kind === 'user' ? [member] : []))
      await reads.loadUsers([...new Set(named.map(({ id }) => id))])
      const toWrite = named.filter(({ id, profile }) => profile !== undefined || !users.has(id))
      const changed = toWrite.length > 0 && (await upsertProfiles(dialect, trx, toWrite, users, clock(), addressHash))
      if (changed) {
        for (const { id } of toWrite) users.delete(id)
        await reads.loadUsers(toWrite.map(({ id }) => id))
      }
      // In one order, as users are written.
      const addresses = members.flatMap((member) => (member.kind === 'address' ? [member] : [])).sort((a, b) => (a.id < b.id ? -1 : 1))
      await insertRows(
        dialect,
        trx,
        'addresses',
        { id: 'text', channel: 'text', email: 'text', name: 'text', locale: 'text', created_at: 'integer' },
        addresses.map(({ id, email, name, locale }) => ({ id, channel: 'email', email, name: name ?? null, locale: locale ?? null, created_at: clock() })),
      )
      return changed
    },

    deletedSince: (userIds, since) => deletedSince(dialect, trx, [...userIds], since),
    notified: (eventId, userIds) => knownOf(eventId, userIds, 'notifications', 'user_id'),
    reached: (eventId, hashes) => knownOf(eventId, hashes, 'deliveries', 'address_hash'),
    claimDedup: (wanted) => claimDedup(dialect, trx, wanted, clock()),

    write,

    async progress(done) {
      const now = clock()
      const rows = done.map(({ event, cursor }) => ({
        id: event.id,
        cursor,
        state: cursor === null ? 'planned' : 'accepted',
        planned_at: cursor === null ? now : null,
      }))
      const { rows: moved } = await sql<{ id: string }>`update events set cursor = r.cursor, state = r.state, planned_at = r.planned_at
        from ${dialect.table(rows, { id: 'id', cursor: 'text', state: 'text', planned_at: 'integer' }, 'r')}
        where events.id = r.id and events.state <> 'cancelled' returning ${dialect.publicId('evt', 'events.id')} as id`.execute(trx)
      // A cancel during the planning of this batch has not seen its deliveries, so they are cancelled here.
      const going = new Set(moved.map(({ id }) => id))
      const cancelled = done.filter(({ event }) => !going.has(event.id)).map(({ event }) => event.id)
      if (cancelled.length > 0)
        await callOff(dialect, trx, sql<boolean>`event in (select n from events where id in ${dialect.amongIds('evt', cancelled)})`, now)
      const finished = done.filter(({ event, cursor }) => cursor === null || !going.has(event.id)).map(({ task }) => task)
      if (finished.length > 0) await complete(trx, finished)
      return going
    },
  }
}
