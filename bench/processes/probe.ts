// Loaded into the hub before its first line: reports memory and blocks of the event loop, without HTTP requests.
import { monitorEventLoopDelay } from 'node:perf_hooks'
import { setTimeout as wait } from 'node:timers/promises'
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import type { Vitals } from '../lib/hub.ts'

const RESOLUTION = 1
/** Asking the system takes a tenth of a millisecond and more: every 50 ms it was 2 % of the time of a busy hub. */
const SAMPLE_MS = 200
const delay = monitorEventLoopDelay({ resolution: RESOLUTION })
delay.enable()
let peak = 0
const watch = setInterval(() => {
  peak = Math.max(peak, process.memoryUsage.rss())
}, SAMPLE_MS)
watch.unref()

process.on('message', async (question: { reset: boolean; collect: boolean }) => {
  if (question.collect) await collect()
  const { user, system } = process.cpuUsage()
  const { rss, heapUsed: heap } = process.memoryUsage()
  const vitals: Vitals = {
    rss,
    heap,
    peakRss: Math.max(peak, rss),
    longestHoldMs: delay.max / 1e6 - RESOLUTION,
    holdP99Ms: delay.percentile(99) / 1e6 - RESOLUTION,
    cpuSeconds: (user + system) / 1e6,
  }
  if (question.reset) {
    delay.reset()
    peak = rss
  }
  process.send?.(vitals)
})
process.channel?.unref()

/** Pages that V8 no longer needs are returned by another thread, a little later. */
async function collect(): Promise<void> {
  setFlagsFromString('--expose-gc')
  const gc: () => void = runInNewContext('gc')
  for (let time = 0; time < 2; time++) {
    gc()
    await wait(500)
  }
}
