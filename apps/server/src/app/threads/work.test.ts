import { expect, it } from 'vitest'
import { noOutcome } from '../../delivery/outcome.ts'
import { aJob } from '../../delivery/testing/job.ts'
import { aConnection, anEvent, anEventType, NOON } from '../../domain/testing/samples.ts'
import type { Attempt } from '../../pipeline/send.ts'
import { processTime } from './messages.ts'
import { createSender } from './sender.ts'
import { threadData } from './testing/config.ts'
import { createWork, type WorkParts } from './work.ts'

const attemptOf = (more: Partial<Attempt> = {}): Attempt => ({
  job: aJob(),
  connections: [aConnection()],
  eventType: anEventType(),
  data: () => ({ code: 'secret' }),
  direct: false,
  ...more,
})
const series = { likeness: 'x', refused: [], blamed: true }

/** The hub's side and the thread's side of one thread, with JSON between them. */
function pair(sendWith: WorkParts['sendWith'], more: Partial<WorkParts> = {}) {
  const heard: string[] = []
  let clock = NOON
  let work: ReturnType<typeof createWork> | undefined
  const sender = createSender({
    start(_data, on) {
      work = createWork({ sendWith, say: on.heard, faults: { at: () => {} }, ...more })
      work.tell()
      return {
        say(text) {
          heard.push(text)
          work?.heard(text)
        },
        end: () => on.ended(new Error('ended')),
      }
    },
    data: threadData,
    eager: true,
    clock: () => clock,
    random: () => 0.25,
    blamed: new Map([['con_old', series]]),
    died: () => {},
  })
  return { sender, heard, time: () => work!.clock(), advance: (ms: number) => (clock += ms) }
}

it('sends in the thread what was to be sent in the hub', async () => {
  const got: Attempt[] = []
  const { sender } = pair(() => async (attempt) => {
    got.push(attempt)
    return { ...noOutcome(attempt.job), state: 'sent' }
  })
  const topic = anEvent({ to: [{ kind: 'topic', key: 'news' }] })
  const several = anEvent({ to: [topic.to[0]!, { kind: 'topic', key: 'more' }] })
  const given = [
    attemptOf({ direct: true, job: aJob({ event: topic }) }),
    attemptOf({ job: aJob({ event: several, destination: null }) }),
    attemptOf({ job: aJob({ event: anEvent({ sensitive: 'sealed' }) }) }),
  ]
  for (const one of given) await sender.send(one)
  expect(got.map(({ direct }) => direct)).toEqual([true, false, false])
  expect(got[0]!.job).toEqual({ ...given[0]!.job, event: { ...topic, sensitive: null }, readAt: null })
  expect([got[1]!.job.event.to, got[1]!.job.destination], 'of several recipients it knows none').toEqual([[], null])
  expect([got[1]!.data(), got[2]!.data()]).toEqual([several.data, { code: 'secret' }])
  const { id, provider, personal, settings, destination } = aConnection()
  expect(got[0]!.connections).toEqual([{ id, provider, personal, settings, destination }])
})

it('sends what was forgotten in the same turn of the event loop', async () => {
  const { sender } = pair(() => async ({ job }) => ({ ...noOutcome(job), state: 'sent' }))
  const attempt = attemptOf()
  const sending = sender.send(attempt)
  sender.forget(attempt.connections[0]!.settings)
  expect(await sending).toMatchObject({ state: 'sent' })
})

it('knows at the time of an answer which connections are blamed', async () => {
  const known: unknown[] = []
  const answers: (() => void)[] = []
  const { sender } = pair(({ alike }) => async ({ job }) => {
    await new Promise<void>((answer) => answers.push(answer))
    known.push(alike?.('con_old'), alike?.('con_new'))
    return noOutcome(job)
  })
  const first = sender.send(attemptOf())
  await new Promise(setImmediate)
  await new Promise(setImmediate)
  sender.blame('con_new', series)
  sender.blame('con_old', null)
  await new Promise(setImmediate)
  answers[0]!()
  await first
  expect(known).toEqual([undefined, series])
})

it('goes by the clock of the hub, however long a message waited', async () => {
  let late = 0
  const { sender, time, advance } = pair(
    () =>
      async ({ job }) =>
        noOutcome(job),
    { monotonic: () => processTime() + late },
  )
  await sender.send(attemptOf())
  expect(time() - NOON).toBeLessThan(30_000)
  late = 60_000
  expect(time() - NOON).toBeGreaterThanOrEqual(60_000)
  late = 0
  advance(86_400_000)
  await sender.send(attemptOf())
  expect(time() - NOON).toBeGreaterThanOrEqual(86_400_000)
})

it('lets the event loop turn after some milliseconds of work, and answers meanwhile', async () => {
  let now = 0
  const said: string[] = []
  const turns: (() => void)[] = []
  let begun = 0
  const work = createWork({
    sendWith:
      () =>
      async ({ job }) => {
        begun++
        now += 8
        return noOutcome(job)
      },
    say: (text) => void said.push(text),
    faults: { at: () => {} },
    monotonic: () => now,
    later: (one) => turns.push(one),
  })
  const { sender, heard } = pair(
    () =>
      async ({ job }) =>
        noOutcome(job),
  )
  await Promise.all(Array.from({ length: 7 }, () => sender.send(attemptOf())))
  work.heard(heard[0]!)
  expect(begun).toBe(0)
  const slices: number[] = []
  while (begun < 7) {
    turns.shift()!()
    slices.push(begun)
    if (begun === 3) work.heard(JSON.stringify({ ...JSON.parse(heard[0]!), fresh: [], attempts: [] }))
  }
  expect(slices).toEqual([3, 6, 7])
  expect(said[0]).toBe('[]')
})

it('gives back what is too long for a message, and takes nothing more while it is full', async () => {
  const { sender } = pair(() => () => new Promise(() => {}))
  const endless = attemptOf({ job: aJob({ event: anEvent({ data: { toJSON: () => JSON.parse('broken') } as never }) }) })
  await expect(sender.send(endless)).rejects.toThrow('too large')
  const large = attemptOf({ job: aJob({ event: anEvent({ data: { text: 'x'.repeat(20 * 2 ** 20) } }) }) })
  void sender.send(large)
  expect(sender.isReady()).toBe(true)
  void sender.send(large)
  expect(sender.isReady()).toBe(false)
})
