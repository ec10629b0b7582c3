import type { Metrics } from './metrics.ts'

/** The resources of this process; every number is the system's own, but the deaths of its threads that send. */
export function processMetrics(metrics: Metrics, threadDeaths: () => number): void {
  metrics.read('gauge', 'carillon_process_start_time_seconds', 'When the process began, Unix time.', [], () => [[[], performance.timeOrigin / 1000]])
  metrics.read('counter', 'carillon_process_cpu_seconds_total', 'CPU time, user and system.', [], () => {
    const { user, system } = process.cpuUsage()
    return [[[], (user + system) / 1e6]]
  })
  metrics.read('counter', 'carillon_event_loop_busy_seconds_total', 'Time in which the event loop of the main thread did not wait.', [], () => [
    [[], performance.eventLoopUtilization().active / 1000],
  ])
  metrics.read('gauge', 'carillon_process_resident_memory_bytes', 'Memory that the system sees (RSS).', [], () => [[[], process.memoryUsage.rss()]])
  metrics.read('gauge', 'carillon_process_heap_bytes', 'Memory of JavaScript in use in the main thread.', [], () => [[[], process.memoryUsage().heapUsed]])
  metrics.read('counter', 'carillon_thread_deaths_total', 'Threads that send and ended by themselves, or could not start.', [], () => [[[], threadDeaths()]])
}
