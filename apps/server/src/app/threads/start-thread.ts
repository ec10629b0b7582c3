import { Worker } from 'node:worker_threads'
import type { ThreadData } from './messages.ts'

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

export type StartThread = (data: ThreadData, on: PortEvents) => Port

/** Megabytes of its heap. A thread that takes more ends, and the hub goes on. */
const HEAP_MB = 512

/** A thread without the environment of the hub, which holds its keys, and without the flags of its start. */
export const startThread: StartThread = (data, { heard, ended }) => {
  const worker = new Worker(new URL('./send-thread.ts', import.meta.url), {
    name: 'send',
    workerData: data,
    env: {},
    execArgv: [],
    resourceLimits: { maxOldGenerationSizeMb: HEAP_MB },
  })
  let reason: Error | undefined
  worker.on('message', heard)
  worker.on('error', (error: unknown) => {
    reason = error instanceof Error ? error : new Error(String(error))
  })
  worker.on('exit', (code) => ended(reason ?? new Error(`it ended with exit code ${code}`)))
  return { say: (text) => worker.postMessage(text), end: () => void worker.terminate() }
}
