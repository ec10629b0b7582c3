import { describe, expect, it } from 'vitest'
import { createCatalogue } from '../catalogue/catalogue.ts'
import type { Claimed } from '../delivery/job.ts'
import { aJob } from '../delivery/testing/job.ts'
import type { Audience, Event } from '../domain/event.ts'
import type { Reported, Stored } from '../domain/report.ts'
import { aConnection, anEvent, NOON } from '../domain/testing/samples.ts'
import { nextTurn } from '../flow/loop.ts'
import { createDirectory } from '../recipients/testing/directory.ts'
import { aChannel, aPlace, aStanding, inApp } from '../routing/testing/standing.ts'
import { type AcceptingTransaction, createKeep, type KeepParts } from './keep.ts'
import type { Plan } from './plan.ts'

const user = (id: string): Audience => ({ kind: 'user', id })
const reported = (...events: Event[]): Reported => ({ events, answer: '', idempotency: undefined, at: NOON })
const named = (more: Partial<Event> = {}): Event => anEvent({ to: [user('ada')], ...more })

/** `runs`: how often the transaction is run until it commits. */
function keeping(more: Partial<KeepParts> = {}, tx: Partial<AcceptingTransaction> = {}, runs = 1) {
  const seen = {
    tasks: [] as string[],
    plans: [] as Plan[],
    handed: [] as string[],
    reserved: [] as string[],
    back: [] as string[],
    handedBack: [] as string[],
    told: 0,
    failed: [] as string[],
    leasing: 0,
  }
  const place = (id: string) => aPlace({ id: `dst_${id}`, addressHash: id })
  const transaction: AcceptingTransaction = {
    ...createDirectory({}),
    claimKeys: async (group) => group.map((): Stored => ({ kind: 'stored' })),
    store: async (events) => void seen.tasks.push(...events.map(({ id }) => id)),
    owners: async () => new Map(),
    read: async () => {},
    meet: async (members) => ({
      standings: () => new Map(members.map(({ id }) => [id, aStanding({ recipient: id, places: new Map([['email', [place(id)]]]) })])),
      person: (id) => ({ id }),
    }),
    storePlanned: async (plans) => void seen.plans.push(...plans),
    notified: async () => new Set(),
    reached: async () => new Set(),
    claimDedup: async (wanted) => wanted.map(() => new Set()),
    ...tx,
  }
  const keep = createKeep({
    storing: async (run) => run(transaction),
    async accepting(run) {
      seen.leasing++
      for (let n = 1; n < runs; n++) await run(transaction)
      return run(transaction)
    },
    catalogue: createCatalogue(),
    hub: () => ({ channels: [inApp, aChannel()], logOnly: false, shared: [], timeRules: [], connectionFor: () => 'con_mail' }),
    planned: () => void seen.told++,
    isPlanner: () => true,
    toJob: ({ claimed, event }) => aJob({ ...claimed, event }),
    pump: {
      reserve: ({ id }) => seen.reserved.push(id) > 0,
      unreserve: (all: readonly Pick<Claimed, 'id'>[]) => void seen.back.push(...all.map(({ id }) => id)),
      hand: (jobs) => void seen.handed.push(...jobs.map(({ id }) => id)),
      handBack: (all) => void seen.handedBack.push(...all.map(({ id }) => id)),
    },
    isStorageFailure: (error) => error instanceof RangeError,
    failed: (_what, _error, meanwhile) => void seen.failed.push(meanwhile),
    clock: () => NOON,
    ...more,
  })
  return { keep, seen }
}

describe('an accepted event', () => {
  it('that names its people is planned in the same transaction, and its delivery is handed over', async () => {
    const { keep, seen } = keeping()
    expect(await keep([reported(named({ id: 'evt_1' }))])).toEqual([{ kind: 'stored' }])
    const [plan] = seen.plans
    expect(plan).toMatchObject({ event: { id: 'evt_1' }, notifications: [{ userId: 'ada' }], deliveries: [{ state: 'sending', connectionId: 'con_mail' }] })
    expect(seen).toMatchObject({ tasks: [], told: 1, handed: plan!.deliveries.map(({ id }) => id), back: [] })
  })

  it.each<[string, Partial<Event>]>([
    ['a topic', { to: [user('ada'), { kind: 'topic', key: 'web' }] }],
    ['all users', { to: [{ kind: 'all' }] }],
    ['more than 25 people', { to: Array.from({ length: 26 }, (_, n) => user(`u${n}`)) }],
    ['a later time', { sendAt: NOON + 1 }],
  ])('with %s becomes a task', async (_, more) => {
    const { keep, seen } = keeping()
    await keep([reported(named({ id: 'evt_1', ...more }), named({ id: 'evt_2' }))])
    expect(seen.tasks).toEqual(['evt_1'])
    expect(seen.plans.map(({ event }) => event.id)).toEqual(['evt_2'])
  })

  it('with 25 people is planned at once, and with none for at most 25 shared connections', async () => {
    const shared = (count: number) => Array.from({ length: count }, (_, n) => aConnection({ id: `con_${n}`, personal: false }))
    const hub = (count: number) => () => ({ channels: [inApp], logOnly: false, shared: shared(count), timeRules: [], connectionFor: () => 'con_mail' })
    for (const [count, plans] of [
      [25, 2],
      [26, 0],
    ] as const) {
      const { keep, seen } = keeping({ hub: hub(count) })
      await keep([reported(named({ to: Array.from({ length: 25 }, (_, n) => user(`u${n}`)) })), reported(named({ to: [] }))])
      expect(seen.plans).toHaveLength(plans)
    }
  })

  it('is planned at once for the first 250 people of a group; the rest of a large batch becomes tasks', async () => {
    const { keep, seen } = keeping()
    const batch = Array.from({ length: 300 }, (_, n) => named({ id: `evt_${n}`, to: [user('ada')] }))
    await keep([reported(...batch.slice(0, 200)), reported(...batch.slice(200))])
    expect(seen.plans.map(({ event }) => event.id)).toEqual(batch.slice(0, 250).map(({ id }) => id))
    expect(seen.tasks).toEqual(batch.slice(250).map(({ id }) => id))
  })

  it('without people counts for the shared connections that subscribe to its type', async () => {
    const batch = Array.from({ length: 300 }, (_, n) => named({ id: `evt_${n}`, to: [] }))
    const shared = (count: number, type: string) =>
      Array.from({ length: count }, (_, n) => aConnection({ id: `con_${type}_${n}`, personal: false, events: [{ type }] }))
    for (const [listening, plans] of [
      [0, 250],
      [1, 250],
      [10, 25],
    ] as const) {
      const hub = { channels: [inApp], logOnly: false, shared: [...shared(listening, batch[0]!.type), ...shared(2, 'other')], timeRules: [] }
      const { keep, seen } = keeping({ hub: () => ({ ...hub, connectionFor: () => 'con_mail' }) })
      await keep([reported(...batch)])
      expect(seen.plans).toHaveLength(plans)
      expect(seen.tasks).toHaveLength(300 - plans)
      expect(seen.plans.reduce((sum, { deliveries }) => sum + deliveries.length, 0)).toBe(plans * listening)
    }
  })

  it('becomes a task on a node that does not plan, which leases nothing', async () => {
    const { keep, seen } = keeping({ isPlanner: () => false })
    await keep([reported(named({ id: 'evt_1' }))])
    expect(seen).toMatchObject({ tasks: ['evt_1'], plans: [], leasing: 0 })
  })

  it('is neither stored nor planned when its idempotency key is taken', async () => {
    const { keep, seen } = keeping({}, { claimKeys: async () => [{ kind: 'replayed', answer: 'old' }, { kind: 'stored' }] })
    expect(await keep([reported(named({ id: 'evt_1' })), reported(named({ id: 'evt_2' }))])).toEqual([{ kind: 'replayed', answer: 'old' }, { kind: 'stored' }])
    expect(seen.plans.map(({ event }) => event.id)).toEqual(['evt_2'])
  })

  it('becomes a task when its planning fails', async () => {
    const { keep, seen } = keeping({}, { storePlanned: () => Promise.reject(new Error('a bug')) })
    expect(await keep([reported(named({ id: 'evt_1' }))])).toEqual([{ kind: 'stored' }])
    expect(seen).toMatchObject({ tasks: ['evt_1'], failed: [expect.stringContaining('planned by tasks')], told: 0, handed: [] })
    expect(seen.back).toEqual(seen.reserved)
    expect(seen.back).toHaveLength(1)
  })

  it('whose planning fails in a group refuses the group, which is then tried one by one, and makes no tasks of the others', async () => {
    const bad = (plans: readonly Plan[]) => plans.some(({ event }) => event.id === 'evt_bad')
    const { keep, seen } = keeping({}, { storePlanned: async (plans) => (bad(plans) ? Promise.reject(new Error('a bug')) : void seen.plans.push(...plans)) })
    const group = ['evt_1', 'evt_bad', 'evt_2'].map((id) => reported(named({ id })))
    await expect(keep(group)).rejects.toThrow('a bug')
    expect(seen).toMatchObject({ tasks: [], failed: [], handed: [] })
    expect(seen.back).toEqual(seen.reserved)
    for (const one of group) await keep([one])
    expect(seen).toMatchObject({ tasks: ['evt_bad'], failed: [expect.stringContaining('planned by tasks')] })
    expect(seen.plans.map(({ event }) => event.id)).toEqual(['evt_1', 'evt_2'])
  })

  it('is refused when the storage failed, and keeps no place in the pump', async () => {
    const { keep, seen } = keeping({}, { storePlanned: () => Promise.reject(new RangeError('disk full')) })
    await expect(keep([reported(named())])).rejects.toThrow('disk full')
    expect(seen).toMatchObject({ tasks: [], handed: [] })
    expect(seen.back).toHaveLength(1)
  })

  it('is refused only when nothing more is asked of its transaction', async () => {
    const reading = Promise.withResolvers<void>()
    const { keep } = keeping({}, { claimKeys: () => Promise.reject(new RangeError('disk full')), read: () => reading.promise })
    let refused = false
    const refusing = keep([reported(named())]).catch(() => {
      refused = true
    })
    for (let turns = 0; turns < 5; turns++) await nextTurn()
    expect(refused).toBe(false)
    reading.resolve()
    await refusing
    expect(refused).toBe(true)
  })

  it('is handed over once when its transaction is run again after a rollback, and the first run keeps no place in the pump', async () => {
    const { keep, seen } = keeping({}, {}, 2)
    await keep([reported(named())])
    const [first, second] = seen.reserved
    expect(seen).toMatchObject({ reserved: [first, second], back: [first], handed: [second], told: 1 })
  })

  it('that cannot be made into a job goes back to the queue alone: it is stored, and those beside it are handed over', async () => {
    const { keep, seen } = keeping({
      toJob({ claimed, event }) {
        if (event.id === 'evt_bad') throw new Error('a rule of a pack')
        return aJob({ ...claimed, event })
      },
    })
    const group = ['evt_1', 'evt_bad', 'evt_2'].map((id) => reported(named({ id })))
    expect(await keep(group)).toEqual(group.map(() => ({ kind: 'stored' })))
    const [first, bad, second] = seen.reserved
    expect(seen).toMatchObject({ tasks: [], failed: [expect.stringContaining('read again')], told: 1, handed: [first, second], handedBack: [bad], back: [] })
  })

  it('is handed over although those who are told of its plan fail', async () => {
    const { keep, seen } = keeping({
      planned() {
        throw new Error('a bug')
      },
    })
    expect(await keep([reported(named())])).toEqual([{ kind: 'stored' }])
    expect(seen).toMatchObject({ tasks: [], failed: [expect.stringContaining('is stored')], handed: seen.reserved, back: [] })
  })

  it('is queued where the pump takes no more', async () => {
    const { keep, seen } = keeping({
      pump: { reserve: () => false, unreserve: () => {}, handBack: () => {}, hand: (jobs) => void seen.handed.push(...jobs.map(({ id }) => id)) },
    })
    await keep([reported(named())])
    expect(seen.plans[0]!.deliveries).toMatchObject([{ state: 'queued' }])
    expect(seen.handed).toEqual([])
  })

  it('is queued for a device, whose badge is counted by the claim', async () => {
    const device = aPlace({ id: `dev_${'0'.repeat(32)}`, addressHash: 'phone' })
    const { keep, seen } = keeping(
      {},
      {
        meet: async (members) => ({
          standings: () => new Map(members.map(({ id }) => [id, aStanding({ recipient: id, places: new Map([['email', [device]]]) })])),
          person: () => ({}),
        }),
      },
    )
    await keep([reported(named())])
    expect(seen.plans[0]!.deliveries).toMatchObject([{ state: 'queued' }])
    expect(seen.reserved).toEqual([])
  })
})
