import { deepFreeze } from '../../connections/freeze.ts'
import type { DeliverParts } from '../../delivery/deliver.ts'
import type { AlikeRefusals, Through } from '../../domain/connection.ts'
import type { Millis } from '../../domain/time.ts'
import type { Faults } from '../../faults.ts'
import type { Attempt, Send } from '../../pipeline/send.ts'
import { RenderError } from '../../rendering/render-error.ts'
import { type Ended, processTime, type SentAttempt, type ToThread } from './messages.ts'
import { createStore } from './store.ts'

export interface WorkParts {
  sendWith(parts: Pick<DeliverParts, 'random' | 'alike'>): Send
  /** To the hub. */
  say(text: string): void
  faults: Pick<Faults, 'at'>
  monotonic?: () => number
  later?: (work: () => void) => unknown
}

/** After so long the event loop gets its turn: pings, answers of vendors and outcomes would wait otherwise, and a busy thread would be taken for one that hangs. */
const SLICE: Millis = 20

interface Waiting {
  n: number
  attempt: Attempt
  random: number
}

/** What a thread does with the messages of the hub: unpacks attempts, sends them, and says how they ended. */
export function createWork({ sendWith, say, faults, monotonic = processTime, later = setImmediate }: WorkParts) {
  let ahead: Millis = 0
  const store = createStore(deepFreeze)
  const blamed = new Map<string, AlikeRefusals>()
  const waiting: Waiting[] = []
  let isRunning = false
  let done: Ended[] = []

  function tell(): void {
    say(JSON.stringify(done))
    done = []
  }

  function unpacked({ n, job, connections, direct, random, data, ...refs }: SentAttempt): Waiting {
    const event = { ...store.event(refs.event), sensitive: null }
    const through = connections.map(
      ({ settings, destination, ...one }): Through => ({
        ...one,
        settings: store.fields(settings),
        destination: destination === null ? null : store.fields(destination),
      }),
    )
    return {
      n,
      random,
      attempt: {
        job: { ...job, event, destination: refs.destination === null ? null : store.fields(refs.destination) },
        connections: through,
        eventType: store.eventType(refs.eventType),
        data: () => data ?? event.data,
        direct,
      },
    }
  }

  function run(): void {
    const until = monotonic() + SLICE
    do void send(waiting.shift()!)
    while (waiting.length > 0 && monotonic() < until)
    isRunning = waiting.length > 0
    if (isRunning) later(run)
  }

  async function send({ n, attempt, random }: Waiting): Promise<void> {
    const { recipient } = attempt.job
    faults.at('thread.before_send', recipient)
    // The series is looked up when the answer is there: it may have become full since the attempt was handed over.
    const ended = await sendWith({ random: () => random, alike: (id) => blamed.get(id) })(attempt).then(
      ({ delivery: _, ...outcome }): Ended => ({ n, outcome: { ...outcome, message: outcome.message && withoutData(outcome.message) } }),
      (error: unknown): Ended => ({ n, failed: failedBy(error) }),
    )
    faults.at('thread.after_send', recipient)
    // The outcomes of one turn of the event loop go in one message.
    if (done.push(ended) === 1) later(tell)
  }

  return {
    /** The hub's time. */
    clock: (): Millis => Math.round(monotonic() + ahead),
    tell,
    heard(text: string): void {
      const said: ToThread = JSON.parse(text)
      ahead = said.ahead
      for (const [id, series] of said.blamed) {
        if (series === null) blamed.delete(id)
        else blamed.set(id, series)
      }
      store.take(said)
      for (const one of said.attempts) waiting.push(unpacked(one))
      store.drop(said)
      if (said.attempts.length === 0) tell()
      else if (!isRunning) {
        isRunning = true
        later(run)
      }
    },
  }
}

const withoutData = <Message extends { event: { data: object } }>(message: Message): Message => ({ ...message, event: { ...message.event, data: {} } })

const failedBy = (error: unknown): { kind: 'limit' | 'template'; message: string } =>
  error instanceof RenderError
    ? { kind: error.kind, message: error.message }
    : { kind: 'template', message: error instanceof Error ? error.message : String(error) }
