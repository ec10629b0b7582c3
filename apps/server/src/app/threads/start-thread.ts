import { Worker, type WorkerOptions } from 'node:worker_threads'
import { OTHER_FORM, type ThreadData } from './messages.ts'

/** The files were replaced since this process loaded its own: a thread would not understand it. */
export class OtherForm extends Error {}

/** A running thread, as the hub sees it. */
export interface Port {
  say(text: string): void
  end(): void
}

export interface PortEvents {
  heard(text: string): void
  /** Once, when it has ended; with the reason when nobody asked for that. */
  ended(reason: Error): void
}

/** Throws when the system has no room for a thread. */
export type StartThread = (data: ThreadData, on: PortEvents) => Port

/** Megabytes of its heap. A thread that takes more ends, and the hub goes on. */
const HEAP_MB = 512

/** Of the environment of the hub, which holds its keys, a thread sees only what decides whom TLS trusts. */
const SEEN = ['NODE_EXTRA_CA_CERTS', 'NODE_OPTIONS', 'SSL_CERT_FILE', 'SSL_CERT_DIR']

/** Without the flags of the hub's start. `env`: that of the hub. */
export const threadOptions = (env: NodeJS.ProcessEnv): WorkerOptions => ({
  name: 'send',
  env: Object.fromEntries(Object.entries(env).filter(([name]) => SEEN.includes(name))),
  execArgv: [],
  resourceLimits: { maxOldGenerationSizeMb: HEAP_MB },
})

export const startThread: StartThread = (data, { heard, ended }) => {
  const worker = new Worker(new URL('./send-thread.ts', import.meta.url), { ...threadOptions(process.env), workerData: data })
  let reason: Error | undefined
  worker.on('message', heard)
  worker.on('error', (error: unknown) => {
    reason = error instanceof Error ? error : new Error(String(error))
  })
  worker.on('exit', (code) => {
    ended(reason ?? (code === OTHER_FORM ? new OtherForm('its files are of another build than the hub') : new Error(`it ended with exit code ${code}`)))
  })
  return { say: (text) => worker.postMessage(text), end: () => void worker.terminate() }
}
