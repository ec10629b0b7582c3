import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { MAX_CRASHES, type Task, type TaskKind, type TaskKinds } from '../domain/task.ts'
import type { Millis } from '../domain/time.ts'
import type { Trx } from '../storage/schema.ts'
import type { Queue } from './queue.ts'
import { LEASE, plainKind, type QueueRig } from './testing/rig.ts'

/** A kind that stores how its tasks ended, in table `settings`. */
const recorded = (retryAt: TaskKind<Trx>['retryAt']): TaskKind<Trx> => ({
  retryAt,
  givenUp: (trx, { name, ref, error }) => store(trx, `${name} ${ref} given up`, error),
  quarantined: (trx, { name, ref, error }) => store(trx, `${name} ${ref} quarantined`, error),
})

async function store(trx: Trx, key: string, value: string): Promise<void> {
  await trx.insertInto('settings').values({ key, value }).execute()
}

/** The laws of `queue.ts` for several kinds of tasks, on one engine. */
export function describeKinds(engine: string, open: () => Promise<QueueRig>): void {
  describe(`kinds of tasks on ${engine}`, () => {
    let rig: QueueRig
    let now: Millis
    const clock = () => now
    const known: TaskKinds<Trx> = {
      'fan-out': recorded(() => null),
      mend: recorded(({ attempt }, at) => (attempt < 2 ? at + 1000 : null)),
    }
    /** The kinds that a newer version works on. */
    const newer: TaskKinds<Trx> = { ...known, 'new-and-claimed': plainKind(), 'new-and-waiting': plainKind() }
    beforeEach(async () => {
      now = 1_760_000_000_000
      rig = await open()
    })
    afterEach(() => rig.close())

    const enqueue = (queue: Queue<Trx>, name: string, ...refs: string[]) =>
      rig.transaction((trx) =>
        queue.enqueue(
          trx,
          refs.map((ref) => ({ name, ref })),
        ),
      )
    const outcomes = () =>
      rig.transaction(async (trx) => {
        const rows = await trx.selectFrom('settings').select(['key', 'value']).where('key', 'like', '% % %').orderBy('key').execute()
        return Object.fromEntries(rows.map(({ key, value }) => [key, value]))
      })
    const fail = (queue: Queue<Trx>, task: Task | undefined, error: string) => rig.transaction((trx) => queue.fail(trx, task!, error))

    it('are claimed separately', async () => {
      const queue = await rig.node(clock, known)
      await enqueue(queue, 'fan-out', 'a')
      await enqueue(queue, 'mend', 'b')
      expect(await queue.claim('mend', 10)).toMatchObject([{ name: 'mend', ref: 'b', attempt: 1 }])
      expect([await queue.depth('fan-out'), await queue.depth('mend')]).toEqual([1, 1])
      expect(await queue.unknown()).toEqual([])
    })

    it('decide when a failed task is tried again, and handle its end', async () => {
      const queue = await rig.node(clock, known)
      await enqueue(queue, 'fan-out', 'a')
      await enqueue(queue, 'mend', 'b')
      await fail(queue, (await queue.claim('fan-out', 1))[0], 'no type')
      await fail(queue, (await queue.claim('mend', 1))[0], 'busy')
      expect(await outcomes()).toEqual({ 'fan-out a given up': 'no type' })
      now += 1000
      await fail(queue, (await queue.claim('mend', 1))[0], 'still busy')
      expect(await outcomes()).toEqual({ 'fan-out a given up': 'no type', 'mend b given up': 'still busy' })
    })

    it('write in the transaction that ends the task', async () => {
      const queue = await rig.node(clock, known)
      await enqueue(queue, 'fan-out', 'a')
      const [task] = await queue.claim('fan-out', 1)
      await expect(
        rig.transaction(async (trx) => {
          await queue.fail(trx, task!, 'no type')
          throw new Error('no')
        }),
      ).rejects.toThrow('no')
      expect([await outcomes(), await queue.depth('fan-out')]).toEqual([{}, 1])
      await fail(queue, task, 'no type')
      expect([await outcomes(), await queue.depth('fan-out')]).toEqual([{ 'fan-out a given up': 'no type' }, 0])
    })

    it('are not called for a claim that was lost', async () => {
      const queue = await rig.node(clock, known)
      await enqueue(queue, 'fan-out', 'a')
      const [lost] = await queue.claim('fan-out', 1)
      now += LEASE
      await queue.sweep()
      await fail(queue, lost, 'late')
      expect(await outcomes()).toEqual({})
    })

    it(`are called for their own quarantined tasks after ${MAX_CRASHES} crashes, also when that is found at a start`, async () => {
      let queue = await rig.node(clock, known)
      await enqueue(queue, 'fan-out', 'a')
      await enqueue(queue, 'mend', 'b')
      await queue.claim('fan-out', 1)
      await queue.claim('mend', 1)
      for (let crash = 1; crash < MAX_CRASHES; crash++) {
        now += LEASE
        expect(await queue.sweep()).toEqual([])
        expect(await outcomes()).toEqual({})
        await queue.claimSuspect('mend', true)
        if (crash === 1) await queue.release([(await queue.claimSuspect('fan-out', true))!])
      }
      await rig.kill(queue)
      now += LEASE
      queue = await rig.node(clock, known)
      expect(Object.keys(await outcomes())).toEqual(['mend b quarantined'])
      expect(await queue.sweep()).toMatchObject([{ name: 'mend', ref: 'b' }])
      expect([await queue.depth('mend'), await queue.depth('fan-out')]).toEqual([0, 1])
    })

    it('cannot be enqueued by a process that does not know them', async () => {
      const queue = await rig.node(clock, known)
      await expect(enqueue(queue, 'new-kind', 'a')).rejects.toThrow('"new-kind"')
      await expect(enqueue(queue, 'constructor', 'a')).rejects.toThrow('"constructor"')
    })

    it('are left for another version when they are unknown', async () => {
      let queue = await rig.node(clock, newer)
      await enqueue(queue, 'new-and-claimed', 'a')
      await enqueue(queue, 'new-and-waiting', 'b', 'c')
      await enqueue(queue, 'fan-out', 'd')
      await queue.claim('new-and-claimed', 1)
      for (let crash = 1; crash < MAX_CRASHES; crash++) {
        now += LEASE
        await queue.sweep()
        await queue.claimSuspect('new-and-claimed', true)
      }
      await rig.kill(queue)

      queue = await rig.node(clock, known)
      now += LEASE
      expect(await queue.sweep()).toEqual([])
      expect(await queue.unknown()).toEqual([
        { name: 'new-and-claimed', count: 1 },
        { name: 'new-and-waiting', count: 2 },
      ])
      expect(await queue.claim('fan-out', 10)).toMatchObject([{ ref: 'd' }])
      expect(await outcomes()).toEqual({})
      await rig.kill(queue)

      queue = await rig.node(clock, newer)
      now += LEASE
      expect(await queue.sweep()).toMatchObject([{ name: 'new-and-claimed', ref: 'a' }])
      expect(await queue.claim('new-and-waiting', 10)).toMatchObject([{ attempt: 1 }, { attempt: 1 }])
      expect(await queue.unknown()).toEqual([])
    })
  })
}
