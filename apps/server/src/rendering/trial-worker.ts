import { Worker } from 'node:worker_threads'
import type { TrialAnswer, TrialRequest } from './trial.ts'

/** How often the used processor time is looked at, milliseconds. */
const LOOK = 20

/**
 * The child process of `trial.ts`, which ends it. A thread checks the texts, and this one says when that took too much processor time: a thread
 * that is busy cannot look at a clock itself. Without memory the process ends by itself.
 */
const thread = new Worker(new URL('./trial-thread.ts', import.meta.url), { resourceLimits: { maxOldGenerationSizeMb: 64 } })
const say = (answer: TrialAnswer) => process.send?.(answer)

thread.on('error', () => process.exit(1))
thread.once('message', () => {
  process.once('message', ({ cpuMs, ...request }: TrialRequest) => {
    const before = process.cpuUsage()
    const looking = setInterval(() => {
      const { user, system } = process.cpuUsage(before)
      if ((user + system) / 1000 <= cpuMs) return
      clearInterval(looking)
      say('late')
    }, LOOK)
    thread.once('message', (errors) => {
      clearInterval(looking)
      say(errors)
    })
    thread.postMessage(request)
  })
  say('ready')
})
process.once('disconnect', () => process.exit(1))
