import { storageFailure } from '../storage/dialects/storage-error.ts'
import { inTime } from './in-time.ts'

/** Values of a metric's labels, in the order in which it named them. */
type Labels = readonly string[]

export interface Counter {
  add(labels: Labels, n?: number): void
}
export interface Histogram {
  /** In the metric's base unit. */
  observe(labels: Labels, value: number): void
}
/** One line per set of labels. */
export type Reading = readonly (readonly [labels: Labels, value: number])[]

export interface Metrics {
  counter(name: string, help: string, labels?: Labels): Counter
  /** `buckets`: upper bounds, ascending; the last one (`+Inf`) is added. */
  histogram(name: string, help: string, labels: Labels, buckets: readonly number[]): Histogram
  /**
   * A number that is kept elsewhere and read only when the metrics are printed. While the database does not answer, those that come from it are left
   * out: an operator needs the others just then.
   */
  read(type: 'gauge' | 'counter', name: string, help: string, labels: Labels, ask: () => Reading | Promise<Reading>): void
  /** The text format of Prometheus, version 0.0.4. */
  text(): Promise<string>
}

/** https://prometheus.io/docs/instrumenting/exposition_formats/#text-based-format */
export const METRICS_TYPE = 'text/plain; version=0.0.4; charset=utf-8'

/**
 * Numbers of this process, counted where things happen (one map look-up) and printed on request. Written by hand, because a client
 * library would add 9 MB to an idle hub for the same result.
 */
export function createMetrics(): Metrics {
  const families: (() => Promise<string> | string)[] = []
  const family = (name: string, help: string, type: string, lines: () => string[] | Promise<string[]>) =>
    families.push(async () => [`# HELP ${name} ${escaped(help)}`, `# TYPE ${name} ${type}`, ...(await lines())].join('\n'))

  return {
    counter(name, help, labels = []) {
      const counts = createSeries(labels.length === 0 ? [[]] : [], () => ({ n: 0 }))
      family(name, help, 'counter', () => counts.all().map(([values, { n }]) => `${name}${braces(labels, values)} ${n}`))
      return {
        add(values, n = 1) {
          counts.of(values).n += n
        },
      }
    },

    histogram(name, help, labels, buckets) {
      const series = createSeries([], () => ({ counts: Array<number>(buckets.length).fill(0), count: 0, sum: 0 }))
      family(name, help, 'histogram', () =>
        series
          .all()
          .flatMap(([values, { counts, count, sum }]) => [
            ...buckets.map((le, i) => `${name}_bucket${braces([...labels, 'le'], [...values, String(le)])} ${counts[i]}`),
            `${name}_bucket${braces([...labels, 'le'], [...values, '+Inf'])} ${count}`,
            `${name}_sum${braces(labels, values)} ${sum}`,
            `${name}_count${braces(labels, values)} ${count}`,
          ]),
      )
      return {
        observe(values, value) {
          const one = series.of(values)
          one.count++
          one.sum += value
          // Buckets are cumulative: a value counts in every bucket that is wide enough.
          for (let i = buckets.length - 1; i >= 0 && value <= buckets[i]!; i--) one.counts[i]!++
        },
      }
    },

    read(type, name, help, labels, ask) {
      family(name, help, type, async () => (await reading(ask)).map(([values, value]) => `${name}${braces(labels, values)} ${value}`))
    },

    async text() {
      const texts = await Promise.all(families.map((print) => print()))
      return `${texts.join('\n')}\n`
    },
  }
}

async function reading(ask: () => Reading | Promise<Reading>): Promise<Reading> {
  try {
    return await inTime(Promise.resolve(ask()))
  } catch (error) {
    if (storageFailure(error) === null) throw error
    return []
  }
}

/** One `T` for every set of labels that has occurred. */
function createSeries<T>(first: Labels[], create: () => T) {
  const byKey = new Map<string, readonly [Labels, T]>()
  const of = (values: Labels): T => {
    const key = values.join('\0')
    const known = byKey.get(key)
    if (known !== undefined) return known[1]
    const fresh = create()
    byKey.set(key, [values, fresh])
    return fresh
  }
  first.forEach(of)
  return { of, all: () => [...byKey.values()] }
}

const braces = (names: Labels, values: Labels): string =>
  names.length === 0 ? '' : `{${names.map((name, i) => `${name}="${escaped(values[i]!).replaceAll('"', '\\"')}"`).join(',')}}`
const escaped = (text: string): string => text.replaceAll('\\', '\\\\').replaceAll('\n', '\\n')
