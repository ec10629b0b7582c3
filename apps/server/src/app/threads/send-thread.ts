import { parentPort, workerData } from 'node:worker_threads'
import { deepFreeze } from '../../connections/freeze.ts'
import type { Job } from '../../delivery/job.ts'
import type { Through } from '../../domain/connection.ts'
import { parseFaults } from '../../faults.ts'
import { createSend } from '../../pipeline/send.ts'
import { providers } from '../../providers/index.ts'
import { createHttp } from '../../providers/kit/http.ts'
import { createRenderer } from '../../rendering/render.ts'
import { RenderError } from '../../rendering/render-error.ts'
import { createOutbound } from '../../security/outbound.ts'
import { hideSecrets } from '../../security/scrub.ts'
import { version } from '../../version.ts'
import { outboundOf } from '../outbound-of.ts'
import type { Ended, SentAttempt, ThreadData, ToThread } from './messages.ts'
import { createStore } from './store.ts'

/** The thread: renders, signs and sends what `sender.ts` gives it, and has the outbound guard, connections and caches of its own. */

const { config }: ThreadData = workerData
const faults = parseFaults(config.fault, () => process.kill(process.pid, 'SIGKILL'))

/** The hub's time, as its last message said it. */
let ahead = 0
const clock = () => Math.round(performance.now() + ahead)
const http = createHttp({ outbound: createOutbound(outboundOf(config)), version, ownName: URL.parse(config.baseUrl)?.hostname, clock })
const { message: render } = createRenderer({ baseUrl: config.baseUrl, applicationUrl: config.applicationUrl, instance: { name: config.instance } })
const byId = new Map(providers.map((provider) => [provider.id, provider]))
const doors = { http: http.for, hide: hideSecrets, clock, render, provider: (id: string) => byId.get(id) }
const store = createStore(deepFreeze)

let done: Ended[] = []
function tell(): void {
  parentPort?.postMessage(JSON.stringify(done))
  done = []
}

async function attempt({ n, job: given, connections, direct, random, data, ...refs }: SentAttempt): Promise<void> {
  const event = { ...store.event(refs.event), sensitive: null }
  const job: Job = { ...given, event, destination: refs.destination === null ? null : store.destination(refs.destination) }
  const through = connections.map(
    ({ settings, destination, ...one }): Through => ({
      ...one,
      settings: store.settings(settings),
      destination: destination === null ? null : store.destination(destination),
    }),
  )
  const eventType = store.eventType(refs.eventType)
  faults.at('thread.before_send', job.recipient)
  const send = createSend({ ...doors, random: () => random, alike: (id) => connections.find((one) => one.id === id)?.alike })
  const ended = await send({ job, connections: through, eventType, data: () => data ?? event.data, direct }).then(
    ({ delivery: _, ...outcome }): Ended => ({ n, outcome: { ...outcome, message: outcome.message && withoutData(outcome.message) } }),
    (error: unknown): Ended => ({ n, failed: failedBy(error) }),
  )
  faults.at('thread.after_send', job.recipient)
  // The outcomes of one turn of the event loop go in one message.
  if (done.push(ended) === 1) setImmediate(tell)
}

const withoutData = <Message extends { event: { data: object } }>(message: Message): Message => ({ ...message, event: { ...message.event, data: {} } })

const failedBy = (error: unknown): { kind: 'limit' | 'template'; message: string } =>
  error instanceof RenderError
    ? { kind: error.kind, message: error.message }
    : { kind: 'template', message: error instanceof Error ? error.message : String(error) }

parentPort?.on('message', (text: string) => {
  const { now, news, attempts }: ToThread = JSON.parse(text)
  ahead = now - performance.now()
  store.take(news)
  for (const one of attempts) void attempt(one)
  store.drop(news)
  if (attempts.length === 0) tell()
})
tell()
