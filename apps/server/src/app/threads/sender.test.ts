import { expect, it } from 'vitest'
import { noOutcome } from '../../delivery/outcome.ts'
import { aJob } from '../../delivery/testing/job.ts'
import { aConnection, anEvent, anEventType, NOON } from '../../domain/testing/samples.ts'
import type { Attempt } from '../../pipeline/send.ts'
import type { Ended, ToThread } from './messages.ts'
import { createSender } from './sender.ts'
import type { PortEvents } from './start-thread.ts'
import { threadData } from './testing/config.ts'

const attemptOf = (data: object = {}, more: Partial<Attempt> = {}): Attempt => ({
  job: aJob({ event: anEvent({ data: data as never }) }),
  connections: [aConnection()],
  eventType: anEventType(),
  data: () => ({}),
  direct: false,
  ...more,
})

/** A thread that only hears. */
function rig() {
  const heard: string[] = []
  let on: PortEvents | undefined
  const sender = createSender({
    start(_data, events) {
      on = events
      return { say: (text) => void heard.push(text), end: () => {} }
    },
    data: threadData,
    eager: true,
    clock: () => NOON,
    random: () => 0.5,
    blamed: new Map(),
    died: () => {},
  })
  const messages = (): ToThread[] => heard.map((text) => JSON.parse(text))
  const tell = (...ended: Ended[]) => on!.heard(JSON.stringify(ended))
  const turn = () => new Promise((resolve) => setImmediate(resolve))
  return { sender, heard, messages, tell, turn }
}
const sent = (n: number): Ended => {
  const { delivery: _, ...outcome } = noOutcome(aJob())
  return { n, outcome: { ...outcome, state: 'sent' } }
}

it('asks with a message of its own, so that attempts that wait do not take the place of the question', async () => {
  const { sender, messages, turn } = rig()
  void sender.send(attemptOf())
  await turn()
  void sender.send(attemptOf())
  sender.look(0)
  expect(messages().map(({ attempts }) => attempts.length)).toEqual([1, 1, 0])
  await turn()
  expect(messages(), 'nothing twice').toHaveLength(3)
})

it('sends long attempts of one turn in several messages', async () => {
  const { sender, heard, turn } = rig()
  const [one, other] = ['x', 'y'].map((letter) => attemptOf({ text: letter.repeat(5_000_000) }))
  void sender.send(one!)
  void sender.send(other!)
  void sender.send(attemptOf())
  await turn()
  expect(heard.map((text) => Math.round(text.length / 1e6))).toEqual([10, 0])
})

it('is full for as long as what it was given has not ended', async () => {
  const { sender, tell, turn } = rig()
  const large = attemptOf({ text: 'x'.repeat(20 * 2 ** 20) })
  const all = [sender.send(large), sender.send(large)]
  await turn()
  expect(sender.isReady()).toBe(false)
  tell(sent(0))
  expect(sender.isReady()).toBe(true)
  tell(sent(1))
  await Promise.all(all)
  void sender.send(large)
  expect(sender.isReady(), 'both were subtracted').toBe(true)
})

it('never says what a sensitive field holds sealed', async () => {
  const { sender, heard, turn } = rig()
  void sender.send(attemptOf({}, { job: aJob({ event: anEvent({ sensitive: 'v1.sealed-text' }) }), data: () => ({ code: '1234' }) }))
  await turn()
  expect(heard[0]).toContain('"code":"1234"')
  expect(heard[0]).not.toMatch(/sensitive|sealed-text/)
})
