import { type ChildProcess, fork } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import type { JsonObject } from '../domain/json.ts'
import { CarillonError, type FieldError } from '../errors.ts'
import type { TemplateRules, Texts } from './check-templates.ts'
import { createTurns } from './turns.ts'

export interface TrialRequest {
  texts: Texts
  sample: JsonObject
  rules: TemplateRules
  /** Processor time that the texts may take together, milliseconds. */
  cpuMs: number
}

/** What the child says: first that it is ready, then the result. */
export type TrialAnswer = 'ready' | 'late' | FieldError[]

export interface TrialOptions extends TemplateRules {
  /** Limit of processor time for all texts together, milliseconds; excludes the child's start. */
  cpuMs?: number
  /** Limit of time for each the child's start and the check. A busy machine is not the template's fault, so it is wide. */
  wallMs?: number
}

export interface TrialParts {
  /** Starts a child; tests count them. */
  start?: () => ChildProcess
  /** Children of this node that run at once. */
  atOnce?: number
  /** Trials that wait for one of them. */
  mayWait?: number
}

const worker = fileURLToPath(new URL('./trial-worker.ts', import.meta.url))

const startChild = (): ChildProcess =>
  fork(worker, [], {
    execArgv: ['--max-old-space-size=64', '--disallow-code-generation-from-strings', '--no-warnings'],
    env: {},
    stdio: ['ignore', 'ignore', 'ignore', 'ipc'],
  })

/** About how many trials a busy node ends in a second. */
const PER_SECOND = 2
/** Longest wait that a refusal asks for, seconds: the longest that the SDK waits. */
const LONGEST_WAIT = 30

/**
 * `checkTexts` in a separate process, with 64 MiB, no environment and no `eval`: a template that exhausts time or memory kills only the child.
 * One child per check, and few at once: the others wait or are asked to come back, later the more of them there are. Throws
 * `CarillonError('overloaded')` then, and when the machine was too busy for the check.
 */
export function createTrials({ start = startChild, atOnce = 2, mayWait = 2 }: TrialParts = {}) {
  const inTurn = createTurns(atOnce, mayWait, (before) => {
    throw tooBusy(`At most ${atOnce + mayWait} event types are checked at once`, Math.min(1 + Math.floor(before / PER_SECOND), LONGEST_WAIT))
  })
  return (texts: Texts, sample: JsonObject = {}, { cpuMs = 2_000, wallMs = 10_000, ...rules }: TrialOptions = {}): Promise<FieldError[]> =>
    inTurn(() => ask(start(), { texts, sample, rules, cpuMs }, wallMs))
}

/** The trials of this process. */
export const tryTexts = createTrials()

const tooBusy = (why: string, retryAfter: number): CarillonError => new CarillonError('overloaded', { detail: `${why}; try again in a moment.`, retryAfter })

/** Resolves when the child has ended: the turn is handed on then, so that never more of them run. */
function ask(child: ChildProcess, request: TrialRequest, wallMs: number): Promise<FieldError[]> {
  const { promise, resolve, reject } = Promise.withResolvers<void>()
  let started = false
  let timedOut = false
  let answer: FieldError[] | null = null
  const end = (given: FieldError[]) => {
    answer ??= given
    child.kill('SIGKILL')
  }
  const tooLong = () => {
    timedOut = true
    child.kill('SIGKILL')
  }
  let timer = setTimeout(tooLong, wallMs)
  child.on('message', (said: unknown) => {
    if (Array.isArray(said)) return end(said)
    if (said === 'late') return end([{ pointer: '/templates', message: `The texts took more than ${request.cpuMs} ms of processor time with the sample data` }])
    started = true
    clearTimeout(timer)
    timer = setTimeout(tooLong, wallMs)
    child.send(request, () => {})
  })
  child.on('error', reject)
  child.on('close', () => resolve())
  return promise
    .catch(() => {})
    .then(() => {
      clearTimeout(timer)
      if (answer !== null) return answer
      if (!started || timedOut) throw tooBusy('The texts could not be checked just now', 5)
      return [{ pointer: '/templates', message: 'The texts used more memory than a template may use' }]
    })
}
