import { fork } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import type { Templates } from '../domain/event-type.ts'
import type { JsonObject } from '../domain/json.ts'
import { CarillonError, type FieldError } from '../errors.ts'

export interface TrialRequest {
  templates: Templates
  sample: JsonObject
}

export interface TrialOptions {
  /** Time limit for all templates together, milliseconds; excludes the child's start. */
  timeoutMs?: number
  /** Time limit for the child's start. A busy machine is not the template's fault. */
  startMs?: number
}

const worker = fileURLToPath(new URL('./trial-worker.ts', import.meta.url))

/**
 * `checkTemplates` in a separate process, with 64 MiB, no environment and no `eval`: a template that exhausts time or memory kills only the
 * child. One child per check, killed when it is late. Throws `CarillonError('overloaded')` when it could not start.
 */
export function tryTemplates(templates: Templates, sample: JsonObject = {}, { timeoutMs = 2_000, startMs = 10_000 }: TrialOptions = {}): Promise<FieldError[]> {
  const { promise, resolve, reject } = Promise.withResolvers<FieldError[]>()
  const child = fork(worker, [], {
    execArgv: ['--max-old-space-size=64', '--disallow-code-generation-from-strings', '--no-warnings'],
    env: {},
    stdio: ['ignore', 'ignore', 'ignore', 'ipc'],
  })
  let started = false
  let late = false
  const kill = () => {
    late = true
    child.kill('SIGKILL')
  }
  let timer = setTimeout(kill, startMs)
  child.on('message', (message: unknown) => {
    if (Array.isArray(message)) return resolve(message as FieldError[])
    started = true
    clearTimeout(timer)
    timer = setTimeout(kill, timeoutMs)
    child.send({ templates, sample } satisfies TrialRequest, () => {})
  })
  child.on('error', () => kill())
  child.on('exit', () => {
    clearTimeout(timer)
    // After a response this has no effect: the promise is settled.
    if (!started) reject(new CarillonError('overloaded', { detail: 'The templates could not be tried just now; try again in a moment.', retryAfter: 5 }))
    else if (late) resolve([{ pointer: '', message: `The templates took longer than ${timeoutMs} ms with the sample data` }])
    else resolve([{ pointer: '', message: 'The templates used more memory than a template may use' }])
  })
  return promise
}
