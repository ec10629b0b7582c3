import { afterEach, beforeEach, expect, it, vi } from 'vitest'
import { MAX_CRASHES } from '../../domain/task.ts'
import { NOON } from '../../domain/testing/samples.ts'
import { RenderError } from '../../rendering/render-error.ts'
import { OtherForm } from './start-thread.ts'
import { rig, sent } from './testing/rig.ts'

beforeEach(() => {
  vi.useFakeTimers()
})
afterEach(() => {
  vi.useRealTimers()
})

it('give back what was in one that died, say it once, and run each of it alone', async () => {
  const { threads, send, started, lines, heardBy, tell, turn } = rig()
  const lost = Promise.all(['dlv_1', 'dlv_2'].map((id) => send(id)))
  await turn()
  started[0]!.on.ended(new Error('out of memory'))
  expect(await lost).toMatchObject([
    { state: 'queued', error: { code: 'thread_died' }, health: [], tries: [{ outcome: 'retry' }] },
    { state: 'queued', error: { code: 'thread_died' } },
  ])
  expect(lines).toMatchObject([
    { lost: 2, msg: expect.stringMatching(/died: out of memory\. The main thread sends.*2 deliveries.*2 will be tried again, one at a time.*events\/<id>/) },
  ])

  expect(threads.deaths()).toBe(1)

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

it('that do not start, or not any more, lose nothing: the main thread sends, suspects as well', async () => {
  const { send, started, here, lines, turn } = rig({ silent: true })
  const early = send('dlv_1')
  await turn()
  started[0]!.on.ended(new Error('no room'))
  expect(await early).toMatchObject({ state: 'sent' })
  expect([here, lines]).toMatchObject([['dlv_1'], [{ lost: 0, msg: expect.stringMatching(/no room.*Nothing was lost/) }]])
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
  expect([impossible.here, attempts, impossible.lines.length]).toEqual([['dlv_1', 'dlv_2'], 1, 1])
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

it('free a delivery that comes back, though it could not be rendered: it killed none this time', async () => {
  const { send, kill, started, tell, turn } = rig()
  await kill('dlv_1')
  const again = expect(send('dlv_1')).rejects.toThrow(RenderError)
  await turn()
  tell(1, { n: 0, failed: { kind: 'limit', message: 'render limit exceeded' } })
  await again
  void send('dlv_1')
  expect(started, 'beside the one for suspects').toHaveLength(3)
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

it('quarantine one recipient of an event, not the others, when every thread that died had only that one in it', async () => {
  const { send, kill, started, tell, turn } = rig()
  const topic = { eventId: 'evt_topic' }
  const states = [await kill('dlv_poison', 'webhook', topic), await kill('dlv_poison', 'webhook', topic), await kill('dlv_poison', 'webhook', topic)]
  expect(states.map(({ state }) => state)).toEqual(['queued', 'queued', 'failed'])
  for (const id of ['dlv_1', 'dlv_2']) {
    const sibling = send(id, 'webhook', topic)
    await turn()
    tell(started.length - 1, sent(0))
    expect((await sibling).state).toBe('sent')
  }
})

it.each([
  ['does not start', new Error('no room')],
  ['is of other files', new OtherForm('no')],
])('never bring a delivery that killed two into the main thread when the next one %s: it waits for a minute', async (_what, reason) => {
  const { send, kill, started, here, turn } = rig()
  await kill('dlv_once')
  for (let n = 0; n < 2; n++) await kill('dlv_poison')
  const waits = { state: 'queued', postponed: true, dueAt: NOON + 60_000 }
  const [next, count] = [send('dlv_poison'), started.length]
  started.at(-1)!.on.ended(reason)
  expect(await next).toMatchObject(waits)
  expect(await send('dlv_poison')).toMatchObject(waits)
  expect((await send('dlv_once')).state).toBe('sent')
  await turn()
  expect([here, started.length]).toEqual([['dlv_once'], count])
})

it('never bring a delivery that killed two into the main thread when its connection has changed since it was read', async () => {
  const { threads, connection, send, kill, here } = rig()
  for (let n = 0; n < 2; n++) await kill('dlv_poison')
  threads.forget(connection.settings)
  expect([(await send('dlv_poison')).postponed, (await send('dlv_1')).state, here]).toEqual([true, 'sent', ['dlv_1']])
})

it('are named by the log with what was in them and becomes of it, at most ten times a minute', async () => {
  let now = NOON
  const { send, kill, started, lines, turn } = rig({ clock: () => now })
  const all = Promise.all(Array.from({ length: 7 }, (_, n) => send(`dlv_${n}`, 'webhook', { connectionId: 'con_hooks', attempts: n === 0 ? 10 : 1 })))
  await turn()
  started[0]!.on.ended(new Error('no'))
  await all
  expect(lines[0]).toMatchObject({ lost: 7, alike: 0, msg: expect.stringMatching(/1 will not: that was the last attempt; 6 will be tried again/) })
  expect(lines[0]!.deliveries).toHaveLength(5)
  expect(lines[0]!.deliveries!.slice(0, 2)).toEqual([
    { delivery: 'dlv_0', event: 'evt_of_dlv_0', connection: 'con_hooks', next: 'given up' },
    { delivery: 'dlv_1', event: 'evt_of_dlv_1', connection: 'con_hooks', next: 'tried again' },
  ])

  await kill('dlv_1')
  await kill('dlv_1')
  expect(lines[2]).toMatchObject({ deliveries: [{ delivery: 'dlv_1', next: 'quarantined' }], msg: expect.stringContaining('DELETE /v1/events/evt_of_dlv_1') })
  for (let n = 0; n < 20; n++) await kill(`dlv_more_${n}`)
  expect(lines).toHaveLength(10)
  now += 60_000
  await kill('dlv_later')
  expect(lines[10]).toMatchObject({ alike: 13 })
})

it('have a successor after five seconds; suspects are put off meanwhile', async () => {
  const { send, kill, started, tell, turn } = rig({ always: false })
  const busy = () => Promise.all(Array.from({ length: 9 }, (_, n) => send(`dlv_busy_${n}`)))
  await busy()
  tell(0)
  await kill('dlv_1')
  await vi.advanceTimersByTimeAsync(4999)
  await busy()
  expect(started).toHaveLength(1)
  await vi.advanceTimersByTimeAsync(1)
  await busy()
  expect(started).toHaveLength(2)

  const suspect = send('dlv_1')
  tell(2)
  await turn()
  started[2]!.on.ended(new Error('no'))
  expect((await suspect).error?.code).toBe('thread_died')
  await vi.advanceTimersByTimeAsync(4999)
  expect(await send('dlv_1')).toMatchObject({ state: 'queued', postponed: true })
  expect(started).toHaveLength(3)
  await vi.advanceTimersByTimeAsync(1)
  void send('dlv_1')
  expect(started).toHaveLength(4)
})

it('get no more deliveries of an event that killed so many alone, unless somebody asks for them', async () => {
  const { send, kill, started, here, tell, turn } = rig()
  const topic = { eventId: 'evt_topic' }
  for (const id of ['dlv_1', 'dlv_2', 'dlv_3']) await kill(id, 'webhook', topic)
  expect(started).toHaveLength(MAX_CRASHES)
  const [next, other] = [await send('dlv_4', 'webhook', topic), send('dlv_of_another')]
  expect(next).toMatchObject({ state: 'failed', error: { code: 'quarantined', sentence: expect.stringMatching(/^Not sent: threads died 3 times/) } })
  await turn()
  tell(3, sent(0))
  expect([(await other).state, started.length, here]).toEqual(['sent', MAX_CRASHES + 1, []])

  const again = { ...topic, attempts: 2, attemptsBefore: 1 }
  for (let n = 0; n < MAX_CRASHES; n++) expect(await kill('dlv_4', 'webhook', again)).toMatchObject({ error: { code: 'quarantined' } })
  const before = started.length
  await send('dlv_4', 'webhook', again)
  expect(started).toHaveLength(before)
})

it('forgive an event when a delivery of it that was retried by hand comes back', async () => {
  const { send, kill, started, tell, turn } = rig()
  const topic = { eventId: 'evt_topic' }
  for (const id of ['dlv_1', 'dlv_2', 'dlv_3']) await kill(id, 'webhook', topic)
  const again = send('dlv_1', 'webhook', { ...topic, attempts: 2, attemptsBefore: 1 })
  await turn()
  tell(started.length - 1, sent(0))
  expect((await again).state).toBe('sent')
  const next = send('dlv_4', 'webhook', topic)
  await turn()
  tell(started.length - 1, sent(0))
  expect((await next).state).toBe('sent')
})

it('whose files were replaced are not started again and blame nothing: the main thread sends, and one line says what to do', async () => {
  const { threads, send, started, here, lines, turn } = rig({ silent: true })
  for (const id of ['dlv_1', 'dlv_2']) {
    const sending = send(id)
    await turn()
    if (id === 'dlv_1') started[0]!.on.ended(new OtherForm('no'))
    expect((await sending).state).toBe('sent')
  }
  await vi.advanceTimersByTimeAsync(600_000)
  await send('dlv_1')
  expect([here, started.length, threads.deaths()]).toEqual([['dlv_1', 'dlv_2', 'dlv_1'], 1, 0])
  expect(lines.map(({ msg }) => msg)).toEqual([expect.stringContaining('Restart the hub')])
})
