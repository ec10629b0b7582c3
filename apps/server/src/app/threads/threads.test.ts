import { afterEach, beforeEach, expect, it, vi } from 'vitest'
import { noOutcome, type Outcome } from '../../delivery/outcome.ts'
import { aJob } from '../../delivery/testing/job.ts'
import { MAX_CRASHES } from '../../domain/task.ts'
import { aConnection, aMessage, anEventType, NOON } from '../../domain/testing/samples.ts'
import type { Attempt } from '../../pipeline/send.ts'
import { RenderError } from '../../rendering/render-error.ts'
import type { Ended, ToThread } from './messages.ts'
import type { PortEvents } from './start-thread.ts'
import { threadConfig } from './testing/config.ts'
import { createThreads, type ThreadsParts } from './threads.ts'

beforeEach(() => {
  vi.useFakeTimers()
})
afterEach(() => {
  vi.useRealTimers()
})

/** Threads that do what the test says. Nothing but time in them is real. */
function rig({ silent = false, ...more }: Partial<ThreadsParts> & { silent?: boolean } = {}) {
  const started: { on: PortEvents; heard: ToThread[]; asked: boolean }[] = []
  const failures: string[] = []
  const here: string[] = []
  const threads = createThreads({
    count: 1,
    always: true,
    start(_data, on) {
      const one = { on, heard: [] as ToThread[], asked: false }
      started.push(one)
      if (more.always !== false && !silent) setImmediate(() => on.heard('[]'))
      return {
        say: (text) => void one.heard.push(JSON.parse(text)),
        end() {
          one.asked = true
          // A real one ends some time later.
          setImmediate(() => on.ended(new Error('it was ended')))
        },
      }
    },
    data: {
      config: threadConfig,
    },
    provider: (id) => (id === 'smtp' ? { inMain: true } : {}),
    clock: () => NOON,
    random: () => 0.5,
    failed: (_what, error) => void failures.push(String(error)),
    ...more,
  })
  const sendHere = async ({ job }: Attempt): Promise<Outcome> => {
    here.push(job.id)
    return { ...noOutcome(job), state: 'sent' }
  }
  const spread = threads.spread(sendHere)
  const connection = aConnection()
  const send = (id: string, provider = 'webhook', job: Partial<Attempt['job']> = {}) =>
    spread({
      job: aJob({ id, eventId: `evt_of_${id}`, ...job }),
      connections: [{ ...connection, provider }],
      eventType: anEventType(),
      data: () => ({}),
      direct: false,
    })
  const heardBy = (n: number) => started[n]!.heard.flatMap(({ attempts }) => attempts)
  const tell = (n: number, ...ended: Ended[]) => started[n]!.on.heard(JSON.stringify(ended))
  const turn = () => vi.advanceTimersByTimeAsync(0)
  return { threads, send, connection, started, failures, here, heardBy, tell, turn }
}
const sent = (n: number): Ended => {
  const { delivery: _, ...outcome } = noOutcome(aJob())
  return { n, outcome: { ...outcome, state: 'sent', message: aMessage() } }
}

it('say what is sent in one turn of the event loop in one message, with each object once', async () => {
  const { send, started, heardBy, tell, turn } = rig()
  const outcomes = Promise.all(['dlv_1', 'dlv_2'].map((id) => send(id)))
  await turn()
  expect(started.map(({ heard }) => heard.length)).toEqual([1])
  expect(heardBy(0).map(({ job }) => job.id)).toEqual(['dlv_1', 'dlv_2'])
  tell(0, sent(0), sent(1))
  expect(await outcomes).toMatchObject([
    { state: 'sent', delivery: { id: 'dlv_1' }, message: { event: { data: aJob().event.data } } },
    { state: 'sent', delivery: { id: 'dlv_2' } },
  ])
})

it('leave to the main thread what only it can send, and what is not sent at all', async () => {
  const { send, started, here } = rig()
  await send('dlv_mail', 'smtp')
  await send('dlv_late', 'webhook', { expiresAt: NOON })
  await send('dlv_unwanted', 'webhook', { verdict: { decision: 'skip', reason: 'route_off' } })
  expect([here, started]).toEqual([['dlv_mail', 'dlv_late', 'dlv_unwanted'], []])
})

it('start only while more than a few attempts are in flight, and take over when they have started', async () => {
  const { send, started, here, heardBy, tell, turn } = rig({ always: false })
  await send('dlv_alone')
  await Promise.all(Array.from({ length: 9 }, (_, i) => send(`dlv_${i}`)))
  expect([started.length, here.length]).toEqual([1, 10])
  tell(0)
  const next = send('dlv_next')
  await turn()
  expect(heardBy(0)).toHaveLength(1)
  tell(0, sent(0))
  await next
  await vi.advanceTimersByTimeAsync(1001)
  await send('dlv_calm')
  expect(here.at(-1)).toBe('dlv_calm')
})

it('pass on what could not be rendered', async () => {
  const { send, tell, turn } = rig()
  const failing = expect(send('dlv_1')).rejects.toEqual(new RenderError('limit', 'render limit exceeded'))
  await turn()
  tell(0, { n: 0, failed: { kind: 'limit', message: 'render limit exceeded' } })
  await failing
})

it('give back what was in one that died, say it once, and run each of it alone', async () => {
  const { send, started, failures, heardBy, tell, turn } = rig()
  const lost = Promise.all(['dlv_1', 'dlv_2'].map((id) => send(id)))
  await turn()
  started[0]!.on.ended(new Error('out of memory'))
  expect(await lost).toMatchObject([
    { state: 'queued', error: { code: 'thread_died' }, health: [], tries: [{ outcome: 'retry' }] },
    { state: 'queued', error: { code: 'thread_died' } },
  ])
  expect(failures).toEqual([expect.stringMatching(/2 deliveries.*out of memory/)])

  const [first, second, other] = ['dlv_1', 'dlv_2', 'dlv_3'].map((id) => send(id))
  await turn()
  // The suspects have a thread of their own. The second does not wait for the first: it is put off, and counts no attempt.
  expect(await second).toMatchObject({ state: 'queued', postponed: true, dueAt: NOON + 3000 })
  expect([1, 2].map((n) => heardBy(n).map(({ job }) => job.id)).sort()).toEqual([['dlv_1'], ['dlv_3']])
  const [alone, beside] = heardBy(1)[0]?.job.id === 'dlv_1' ? [1, 2] : [2, 1]
  tell(alone!, sent(0))
  tell(beside!, sent(0))
  expect([(await first)!.state, (await other)!.state]).toEqual(['sent', 'sent'])
  const next = send('dlv_2')
  await turn()
  expect(started[alone!]!.heard.at(-1)).toMatchObject({ gone: [0], attempts: [{ job: { id: 'dlv_2' } }] })
  tell(alone!, sent(1))
  expect(await next).toMatchObject({ state: 'sent' })
})

it('quarantine the delivery with which so many died', async () => {
  const { send, started, turn } = rig()
  const states: string[] = []
  for (let deaths = 0; deaths < MAX_CRASHES; deaths++) {
    const dying = send('dlv_poison')
    await turn()
    started[deaths]!.on.ended(new Error('no'))
    const { state, error } = await dying
    states.push(`${state} ${error?.code}`)
  }
  expect(states).toEqual(['queued thread_died', 'queued thread_died', 'failed quarantined'])
})

it('end one that has nothing to do, and one that does not answer', async () => {
  const { send, started, failures, tell, turn } = rig()
  const first = send('dlv_1')
  await turn()
  tell(0, sent(0))
  await first
  await vi.advanceTimersByTimeAsync(70_000)
  expect([started[0]!.asked, failures]).toEqual([true, []])

  const hanging = send('dlv_2')
  await vi.advanceTimersByTimeAsync(71_000)
  expect(started[1]!.heard.at(-1)!.attempts, 'it was asked').toEqual([])
  expect(await hanging).toMatchObject({ state: 'queued', error: { code: 'thread_died' } })
  expect(failures).toHaveLength(1)
})

it('get nothing more while they do not answer', async () => {
  const { send, here, tell, turn } = rig()
  const hanging = send('dlv_1')
  await turn()
  await vi.advanceTimersByTimeAsync(10_000)
  await send('dlv_2')
  expect(here).toEqual(['dlv_2'])
  tell(0)
  const next = send('dlv_3')
  await turn()
  tell(0, sent(0), sent(1))
  expect([(await hanging).state, (await next).state]).toEqual(['sent', 'sent'])
})

it('that do not start, or not any more, lose nothing: the main thread sends, suspects as well', async () => {
  const { send, started, here, failures, turn } = rig({ silent: true })
  const early = send('dlv_1')
  await turn()
  started[0]!.on.ended(new Error('no room'))
  expect(await early).toMatchObject({ state: 'sent' })
  expect([here, failures]).toEqual([['dlv_1'], [expect.stringMatching(/nothing was lost.*no room/)]])
  await send('dlv_1')
  expect([here.length, started.length]).toEqual([2, 1])

  let attempts = 0
  const impossible = rig({
    start() {
      attempts++
      throw new Error('ERR_WORKER_INIT_FAILED')
    },
  })
  for (const id of ['dlv_1', 'dlv_2']) await impossible.send(id)
  expect([impossible.here, attempts, impossible.failures.length]).toEqual([['dlv_1', 'dlv_2'], 1, 1])
})

it('send what was not handed over yet in the main thread, and count no death for it', async () => {
  const { send, started, here, tell, turn } = rig()
  const first = send('dlv_1')
  await turn()
  const second = send('dlv_2')
  started[0]!.on.ended(new Error('no'))
  expect([(await first).error?.code, (await second).state, here]).toEqual(['thread_died', 'sent', ['dlv_2']])
  const again = send('dlv_2')
  const beside = send('dlv_3')
  await turn()
  tell(1, sent(0), sent(1))
  expect([(await again).state, (await beside).postponed]).toEqual(['sent', false])
})

it('run the other deliveries of an event alone that was alone in one that died', async () => {
  const { send, started, turn } = rig()
  const topic = { eventId: 'evt_topic' }
  const first = send('dlv_1', 'webhook', topic)
  await turn()
  started[0]!.on.ended(new Error('no'))
  await first
  const running = send('dlv_2', 'webhook', topic)
  expect(await send('dlv_3', 'webhook', topic)).toMatchObject({ postponed: true })
  await turn()
  started[1]!.on.ended(new Error('no'))
  expect(await running).toMatchObject({ error: { code: 'thread_died' } })
  const third = send('dlv_3', 'webhook', topic)
  await turn()
  started[2]!.on.ended(new Error('no'))
  expect(await third, 'one death of its own is enough now').toMatchObject({ error: { code: 'quarantined' } })
})

it('never get settings again that were forgotten', async () => {
  const { threads, send, connection, started, here, tell, turn } = rig()
  const first = send('dlv_1')
  await turn()
  tell(0, sent(0))
  await first
  threads.forget(connection.settings)
  await send('dlv_2')
  expect([here, started[0]!.heard.length]).toEqual([['dlv_2'], 1])
})

it('hear which connections are blamed, when it is learned and when they start', async () => {
  const { threads, send, started, turn } = rig()
  const alike = { likeness: 'x', refused: [], blamed: true }
  threads.learn({ target: 'con_a', alike })
  threads.learn({ target: 'con_b', alike: { ...alike, blamed: false } })
  void send('dlv_1')
  await turn()
  threads.learn({ target: 'con_b', alike })
  threads.learn({ target: 'con_a' })
  await turn()
  expect(started[0]!.heard.map(({ blamed }) => blamed)).toEqual([
    [['con_a', alike]],
    [
      ['con_b', alike],
      ['con_a', null],
    ],
  ])
})

it('end with the hub, which says nothing of it and sends nothing more', async () => {
  const { threads, send, started, failures, here, turn } = rig()
  void send('dlv_1')
  await turn()
  const waiting = send('dlv_2')
  threads.stop()
  await turn()
  expect([started[0]!.asked, failures]).toEqual([true, []])
  expect([(await waiting).postponed, (await send('dlv_3')).postponed, here, started.length]).toEqual([true, true, [], 1])
})
