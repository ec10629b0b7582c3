import { afterEach, beforeEach, expect, it, vi } from 'vitest'
import { aJob } from '../../delivery/testing/job.ts'
import { NOON } from '../../domain/testing/samples.ts'
import { RenderError } from '../../rendering/render-error.ts'
import { rig, sent } from './testing/rig.ts'

beforeEach(() => {
  vi.useFakeTimers()
})
afterEach(() => {
  vi.useRealTimers()
})

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

it('end one that has nothing to do, and one that does not answer', async () => {
  const { send, started, lines, tell, turn } = rig()
  const first = send('dlv_1')
  await turn()
  tell(0, sent(0))
  await first
  await vi.advanceTimersByTimeAsync(70_000)
  expect([started[0]!.asked, lines]).toEqual([true, []])

  const hanging = send('dlv_2')
  await vi.advanceTimersByTimeAsync(71_000)
  expect(started[1]!.heard.at(-1)!.attempts, 'it was asked').toEqual([])
  expect(await hanging).toMatchObject({ state: 'queued', error: { code: 'thread_died' } })
  expect(lines).toHaveLength(1)
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

it('never get fields of a destination again that were forgotten, and are told to forget them', async () => {
  const { threads, send, started, here, heardBy, tell, turn } = rig()
  const destination = { url: 'https://old.example' }
  const first = send('dlv_1', 'webhook', { destination })
  await turn()
  tell(0, sent(0))
  await first
  threads.forget(destination)
  await send('dlv_2', 'webhook', { destination })
  expect(here).toEqual(['dlv_2'])
  void send('dlv_3', 'webhook', { destination: { ...destination } })
  await turn()
  expect(started[0]!.heard.at(-1)!.gone).toEqual([heardBy(0)[0]!.destination])
})

it('forget the fields of a bare address with its attempt', async () => {
  const { send, started, heardBy, tell, turn } = rig()
  const first = send('dlv_1', 'webhook', { recipient: 'adr_1', destination: { address: 'ada@example.com' } })
  await turn()
  tell(0, sent(0))
  await first
  void send('dlv_2')
  await turn()
  expect(started[0]!.heard.at(-1)!.gone).toEqual([heardBy(0)[0]!.destination])
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

it('end with the hub, which says nothing of it and sends nothing more; what they were sending stays leased', async () => {
  const { threads, send, started, lines, here, turn } = rig()
  let isEnded = false
  void send('dlv_1').then(() => {
    isEnded = true
  })
  await turn()
  const waiting = send('dlv_2')
  threads.stop()
  await turn()
  expect([started[0]!.asked, lines, threads.deaths()]).toEqual([true, [], 0])
  expect([(await waiting).postponed, (await send('dlv_3')).postponed, here, started.length]).toEqual([true, true, [], 1])
  expect(isEnded).toBe(false)
})
