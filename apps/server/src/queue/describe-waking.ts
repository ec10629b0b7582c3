import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import type { NewTask } from '../domain/task.ts'
import type { Millis } from '../domain/time.ts'
import type { Trx } from '../storage/schema.ts'
import type { Queue } from './queue.ts'
import { plainKind, type QueueRig } from './testing/rig.ts'

/** The laws of `queue.ts` about wake-ups, on one engine. */
export function describeWaking(engine: string, open: () => Promise<QueueRig>): void {
  describe(`wake-ups of the queue on ${engine}`, () => {
    let rig: QueueRig
    let queue: Queue<Trx>
    let now: Millis
    const clock = () => now
    const kinds = { 'fan-out': plainKind() }
    beforeEach(async () => {
      now = 1_760_000_000_000
      rig = await open()
      queue = await rig.node(clock, kinds)
    })
    afterEach(() => rig.close())

    const task = (ref: string, more: Partial<NewTask> = {}): NewTask => ({ name: 'fan-out', ref, ...more })
    const enqueue = (...tasks: NewTask[]) => rig.transaction((trx) => queue.enqueue(trx, tasks))
    const claim = () => queue.claim('fan-out', 10)
    const refs = (tasks: { ref: string }[]) => tasks.map(({ ref }) => ref)
    const called = (wake: () => void) => vi.waitFor(() => expect(wake).toHaveBeenCalled(), { timeout: 10_000, interval: 5 })

    it('wakes after each commit, not before, and without a look at the clock', async () => {
      const seen: string[] = []
      const stop = queue.onWork('fan-out', () => void claim().then((tasks) => seen.push(...refs(tasks))))
      for (const ref of ['a', 'b', 'c']) {
        await rig.transaction(async (trx) => {
          await queue.enqueue(trx, [task(ref)])
          expect(seen).not.toContain(ref)
        })
        await vi.waitFor(() => expect(seen).toContain(ref), { timeout: 10_000, interval: 5 })
      }
      stop()
    })

    it('wakes for tasks that waited before there was a listener, and for released ones', async () => {
      await enqueue(task('a'))
      const stopped = vi.fn()
      queue.onWork('fan-out', stopped)()
      const wake = vi.fn()
      const stop = queue.onWork('fan-out', wake)
      await called(wake)
      const tasks = await claim()
      wake.mockClear()
      await queue.release(tasks)
      await called(wake)
      stop()
      expect(stopped).not.toHaveBeenCalled()
    })

    it('sets a timer for a delayed task', async () => {
      const wake = vi.fn()
      const stop = queue.onWork('fan-out', wake)
      await enqueue(task('soon', { dueAt: now + 300 }))
      expect(wake).not.toHaveBeenCalled()
      await called(wake)
      stop()
    })

    it('finds due tasks by itself when no wake-up arrives', async () => {
      await rig.kill(queue)
      queue = await rig.node(clock, kinds, 20)
      const wake = vi.fn()
      const stop = queue.onWork('fan-out', wake)
      await enqueue(task('later', { dueAt: now + 3_600_000 }))
      expect(await claim()).toEqual([])
      now += 3_600_000
      await called(wake)
      expect(refs(await claim())).toEqual(['later'])
      stop()
    })
  })
}
