import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { MAX_CRASHES, type NewTask } from '../domain/task.ts'
import type { Millis } from '../domain/time.ts'
import type { Trx } from '../storage/schema.ts'
import type { Queue } from './queue.ts'
import { LEASE, plainKind, type QueueRig } from './testing/rig.ts'

/** The laws of `queue.ts` for one kind of task, on one engine. Those of wake-ups are in describe-waking.ts, those for several kinds in describe-kinds.ts. */
export function describeQueue(engine: string, open: () => Promise<QueueRig>): void {
  describe(`the queue on ${engine}`, () => {
    let rig: QueueRig
    let queue: Queue<Trx>
    let now: Millis
    /** When a task that fails is tried again. */
    let retryAt: (ref: string) => Millis | null
    const clock = () => now
    const kinds = { 'fan-out': plainKind(({ ref }) => retryAt(ref)) }
    beforeEach(async () => {
      now = 1_760_000_000_000
      retryAt = () => now
      rig = await open()
      queue = await rig.node(clock, kinds)
    })
    afterEach(() => rig.close())

    const task = (ref: string, more: Partial<NewTask> = {}): NewTask => ({ name: 'fan-out', ref, ...more })
    const enqueue = (...tasks: NewTask[]) => rig.transaction((trx) => queue.enqueue(trx, tasks))
    const claim = async (limit = 10) => await queue.claim('fan-out', limit)
    const suspect = async () => await queue.claimSuspect('fan-out', true)
    const refs = (tasks: { ref: string }[]) => tasks.map(({ ref }) => ref)

    it('hands a task out once, and forgets it when it is complete', async () => {
      await enqueue(task('a'), task('b'))
      expect(await queue.depth('fan-out')).toBe(2)
      const tasks = await claim()
      expect(refs(tasks).sort()).toEqual(['a', 'b'])
      expect(tasks.every(({ attempt, name }) => attempt === 1 && name === 'fan-out')).toBe(true)
      expect(await claim()).toEqual([])
      expect(await queue.depth('fan-out')).toBe(2)
      await rig.transaction((trx) => queue.complete(trx, tasks))
      expect(await queue.depth('fan-out')).toBe(0)
      now += LEASE
      expect(await queue.sweep()).toEqual([])
      expect(await claim()).toEqual([])
    })

    it('hands out a suspect of two crashes only to a loop that may run it alone', async () => {
      await enqueue(task('twice'))
      await claim()
      now += LEASE
      await queue.sweep()
      await suspect()
      await enqueue(task('once'))
      await claim()
      now += LEASE
      await queue.sweep()
      const [first, second] = [await queue.claimSuspect('fan-out', false), await queue.claimSuspect('fan-out', false)]
      expect([first?.ref, second]).toEqual(['once', null])
      expect((await suspect())?.ref).toBe('twice')
    })

    it('stores no task whose transaction rolled back', async () => {
      await expect(
        rig.transaction(async (trx) => {
          await queue.enqueue(trx, [task('a'), task('later', { dueAt: now + 5000 })])
          throw new Error('no')
        }),
      ).rejects.toThrow('no')
      now += 10_000
      expect(await claim()).toEqual([])
      expect(await queue.depth('fan-out')).toBe(0)
    })

    it('leaves a task claimed when the completing transaction rolls back', async () => {
      await enqueue(task('a'))
      const tasks = await claim()
      await expect(
        rig.transaction(async (trx) => {
          await queue.complete(trx, tasks)
          throw new Error('no')
        }),
      ).rejects.toThrow('no')
      expect(await claim()).toEqual([])
      expect(await queue.depth('fan-out')).toBe(1)
      await rig.transaction((trx) => queue.complete(trx, tasks))
      expect(await queue.depth('fan-out')).toBe(0)
    })

    it('never gives two of twenty parallel claimers the same task', async () => {
      await enqueue(...Array.from({ length: 200 }, (_, n) => task(`evt ${n}`)))
      const claimedByAll = await Promise.all(
        Array.from({ length: 20 }, async () => {
          const mine: string[] = []
          for (let tasks = await claim(7); tasks.length > 0; tasks = await claim(7)) mine.push(...refs(tasks))
          return mine
        }),
      )
      expect(claimedByAll.flat()).toHaveLength(200)
      expect(new Set(claimedByAll.flat()).size).toBe(200)
    })

    it('hands out at most as many as asked for, the urgent ones first', async () => {
      await enqueue(
        task('low', { priority: 0 }),
        task('urgent', { priority: 3 }),
        task('high', { priority: 2 }),
        task('soon', { priority: 3, dueAt: now + 1000 }),
      )
      expect(refs(await claim(1))).toEqual(['urgent'])
      expect(refs(await claim(2))).toEqual(['high', 'low'])
      expect(await claim(0)).toEqual([])
    })

    it('keeps a delayed task until the clock says it is due', async () => {
      await enqueue(task('later', { dueAt: now + 3_600_000 }), task('now'))
      expect(refs(await claim())).toEqual(['now'])
      now += 3_599_999
      expect(await claim()).toEqual([])
      now += 1
      expect(refs(await claim())).toEqual(['later'])
    })

    it('takes a task back when its lease has ended, unless it was kept', async () => {
      await enqueue(task('a'), task('b'))
      const [a, b] = await claim()
      now += LEASE - 1
      expect(await queue.sweep()).toEqual([])
      expect(await claim()).toEqual([])
      await queue.heartbeat([a!])
      now += LEASE - 1
      expect(await queue.sweep()).toEqual([])
      expect(await claim()).toEqual([])
      expect(await suspect()).toMatchObject({ ref: b!.ref, attempt: 2 })
      await rig.transaction((trx) => queue.complete(trx, [a!]))
      expect(await queue.depth('fan-out')).toBe(1)
    })

    it('ignores every call for a claim that was lost', async () => {
      await enqueue(task('a'))
      const lost = await claim()
      now += LEASE
      await queue.sweep()
      const mine = await suspect()
      await rig.transaction((trx) => queue.complete(trx, lost))
      await rig.transaction((trx) => queue.fail(trx, lost[0]!, 'late'))
      await queue.release(lost)
      await queue.heartbeat(lost)
      expect(await suspect()).toBeNull()
      expect(await queue.depth('fan-out')).toBe(1)
      now += LEASE
      await queue.sweep()
      expect(await suspect()).toMatchObject({ ref: 'a', attempt: mine!.attempt + 1 })
    })

    it(`gives a task up after ${MAX_CRASHES} claims in a row without a result`, async () => {
      await enqueue(task('poison'), task('fine'))
      for (let crash = 1; crash <= MAX_CRASHES; crash++) {
        const tasks = crash === 1 ? await claim() : [await suspect()].filter((one) => one !== null)
        const fine = tasks.find(({ ref }) => ref === 'fine')
        if (fine) await rig.transaction((trx) => queue.complete(trx, [fine]))
        expect(tasks.find(({ ref }) => ref === 'poison')).toMatchObject({ attempt: crash })
        now += LEASE
        const given = await queue.sweep()
        if (crash < MAX_CRASHES) expect(given).toEqual([])
        else expect(given).toMatchObject([{ name: 'fan-out', ref: 'poison', error: expect.stringContaining('3 times') }])
      }
      expect(await suspect()).toBeNull()
      expect(await queue.sweep()).toEqual([])
      expect(await queue.depth('fan-out')).toBe(0)
    })

    it('hands out the suspects of a crash one by one, so that only the task that kills is given up', async () => {
      await enqueue(task('a'), task('poison'), task('z'))
      expect(await claim()).toHaveLength(3)
      await enqueue(task('later'))
      const done: string[] = []
      for (let deaths = 1; deaths < 10; deaths++) {
        now += LEASE
        const given = await queue.sweep()
        if (given.length > 0) expect(refs(given)).toEqual(['poison'])
        for (let one = await suspect(); one !== null && one.ref !== 'poison'; one = await suspect()) {
          done.push(one.ref)
          await rig.transaction((trx) => queue.complete(trx, [one!]))
        }
      }
      expect(done.sort()).toEqual(['a', 'z'])
      expect(refs(await claim())).toEqual(['later'])
      expect(await queue.depth('fan-out')).toBe(1)
    })

    it('counts a lost claim as a crash, but not a reported failure', async () => {
      await enqueue(task('a'))
      for (let attempt = 1; attempt <= 2 * MAX_CRASHES; attempt++) {
        const mine = (await suspect()) ?? (await claim())[0]
        expect(mine).toMatchObject({ attempt })
        if (attempt % 2 === 0) {
          now += LEASE
          expect(await queue.sweep()).toEqual([])
        } else await rig.transaction((trx) => queue.fail(trx, mine!, 'busy'))
      }
    })

    it('retries a failed task at its time, and never one that was given up', async () => {
      await enqueue(task('again', { priority: 1 }), task('never'))
      const [again, never] = await claim()
      retryAt = (ref) => (ref === 'again' ? now + 3_600_000 : null)
      await rig.transaction(async (trx) => {
        await queue.fail(trx, again!, 'busy')
        await queue.fail(trx, never!, 'the event has no type')
      })
      expect(await claim()).toEqual([])
      expect(await queue.depth('fan-out')).toBe(1)
      now += 3_600_000
      expect(await claim()).toMatchObject([{ ref: 'again', attempt: 2 }])
    })

    it('tries a task again that its kind would give up, when `atLeastUntil` is given', async () => {
      await enqueue(task('patient'))
      const [patient] = await claim()
      retryAt = () => null
      await rig.transaction((trx) => queue.fail(trx, patient!, 'the disk is full', now + 60_000))
      expect(await claim()).toEqual([])
      now += 60_000
      expect(await claim()).toMatchObject([{ ref: 'patient', attempt: 2 }])
    })

    it('takes a released task back unharmed', async () => {
      await enqueue(task('a'))
      for (let n = 0; n < MAX_CRASHES + 1; n++) {
        const tasks = await claim()
        expect(tasks).toMatchObject([{ ref: 'a', attempt: 1 }])
        await queue.release(tasks)
      }
      expect(await queue.sweep()).toEqual([])
    })

    it('recovers the tasks of a killed node when the next one starts, without waiting for a lease', async () => {
      await enqueue(task('a'), task('poison'))
      await claim()
      for (let deaths = 1; deaths <= MAX_CRASHES; deaths++) {
        await rig.kill(queue)
        queue = await rig.node(clock, kinds)
        const given = await queue.sweep()
        expect(refs(given)).toEqual(deaths < MAX_CRASHES ? [] : ['poison'])
        const one = await suspect()
        if (one?.ref !== 'a') continue
        await rig.transaction((trx) => queue.complete(trx, [one]))
        await suspect()
      }
      expect(await suspect()).toBeNull()
      expect(await queue.depth('fan-out')).toBe(0)
    })

    it('hands out beside others only a suspect of a single death', async () => {
      await enqueue(task('twice'))
      await claim()
      for (let deaths = 1; deaths <= 2; deaths++) {
        await rig.kill(queue)
        queue = await rig.node(clock, kinds)
        if (deaths === 2) continue
        expect(await queue.claimSuspect('fan-out', false)).toMatchObject({ ref: 'twice' })
      }
      expect(await queue.claimSuspect('fan-out', false)).toBeNull()
      expect(await suspect()).toMatchObject({ ref: 'twice' })
    })

    it('reports the tasks quarantined at the start also when the first sweep fails', async () => {
      await enqueue(task('poison'))
      await claim()
      let away = false
      for (let deaths = 1; deaths <= MAX_CRASHES; deaths++) {
        await rig.kill(queue)
        queue = await rig.node(() => {
          if (away) throw new Error('away')
          return now
        }, kinds)
        if (deaths < MAX_CRASHES) await suspect()
      }
      away = true
      await expect(queue.sweep()).rejects.toThrow('away')
      away = false
      expect(refs(await queue.sweep())).toEqual(['poison'])
      expect(await queue.sweep()).toEqual([])
    })

    it('distinguishes owners that have ended from living ones', async () => {
      const before = queue.owner()
      expect(await queue.dead([before])).toEqual([])
      await rig.kill(queue)
      queue = await rig.node(clock, kinds)
      await vi.waitFor(async () => expect(await queue.dead([before, queue.owner()])).toEqual([before]), { timeout: 10_000 })
    })
  })
}
