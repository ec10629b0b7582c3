import { vi } from 'vitest'
import { noOutcome, type Outcome } from '../../../delivery/outcome.ts'
import { aJob } from '../../../delivery/testing/job.ts'
import { aConnection, aMessage, anEventType, NOON } from '../../../domain/testing/samples.ts'
import { createLog } from '../../../log.ts'
import type { Attempt } from '../../../pipeline/send.ts'
import type { Ended, ToThread } from '../messages.ts'
import type { PortEvents } from '../start-thread.ts'
import { createThreads, type ThreadsParts } from '../threads.ts'
import { threadData } from './config.ts'

/** A line of the log about a thread that died. */
export interface DeathLine {
  msg: string
  lost: number
  alike: number
  deliveries?: { delivery: string; event: string; connection: string; next: string }[]
}

/** Threads that do what the test says. Nothing but time in them is real, and tests replace that as well. */
export function rig({ silent = false, ...more }: Partial<ThreadsParts> & { silent?: boolean } = {}) {
  const started: { on: PortEvents; heard: ToThread[]; asked: boolean }[] = []
  const lines: DeathLine[] = []
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
    data: threadData,
    provider: (id) => (id === 'smtp' ? { inMain: true } : {}),
    clock: () => NOON,
    random: () => 0.5,
    log: createLog('info', { write: (line) => lines.push(JSON.parse(line)) }),
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
  /** One is sent, and the thread that it is given to dies. */
  async function kill(...given: Parameters<typeof send>): Promise<Outcome> {
    const dying = send(...given)
    await turn()
    started.at(-1)!.on.ended(new Error('out of memory'))
    return await dying
  }
  return { threads, send, kill, connection, started, lines, here, heardBy, tell, turn }
}

/** A thread says that it has sent this one. */
export const sent = (n: number): Ended => {
  const { delivery: _, ...outcome } = noOutcome(aJob())
  return { n, outcome: { ...outcome, state: 'sent', message: aMessage() } }
}
