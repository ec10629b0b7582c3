import { PerformanceObserver } from 'node:perf_hooks'
import { getHeapSpaceStatistics, setFlagsFromString } from 'node:v8'

/** Bytes of the young generation at which it stops to grow. V8 would go on to 128 MiB. */
const LARGEST = 32 * 2 ** 20

/**
 * While modules load, V8 doubles its young generation repeatedly and never shrinks it: an idle hub would keep 40 MB unused.
 * So it must not grow during the start; the returned function lets it grow again, for the load after it, but not to its default end: a topic
 * of 100,000 people made it more than 100 MiB large.
 */
export function startSmall(): () => void {
  grow(1)
  return () => {
    grow(2)
    // Called after collections only: nothing watches an idle hub.
    const watch = new PerformanceObserver(() => {
      if (youngBytes() < LARGEST) return
      grow(1)
      watch.disconnect()
    })
    watch.observe({ entryTypes: ['gc'] })
  }
}

const grow = (factor: number): void => setFlagsFromString(`--semi-space-growth-factor=${factor}`)

const youngBytes = (): number => getHeapSpaceStatistics().find((space) => space.space_name === 'new_space')?.space_size ?? 0
