import type { Job } from '../delivery/job.ts'

/**
 * The deliveries that a lane may start next. Urgent ones come first; one in four is taken as they came, so that urgent traffic cannot
 * starve the rest.
 */
export class Ready {
  /** Their turn came before: they waited for their destination. */
  #first: Job[] = []
  readonly #urgent = new Fifo()
  readonly #others = new Fifo()
  #taken = 0

  get length(): number {
    return this.#first.length + this.#urgent.length + this.#others.length
  }

  get urgent(): number {
    return this.#urgent.length
  }

  push(...jobs: readonly Job[]): void {
    for (const job of jobs) (isUrgent(job) ? this.#urgent : this.#others).push(job)
  }

  /** Puts these before all others. */
  unshift(...jobs: readonly Job[]): void {
    this.#first.unshift(...jobs)
  }

  /** Puts these, which were taken out, before the others that are as urgent as they are. */
  putBack(jobs: readonly Job[]): void {
    this.#urgent.unshift(jobs.filter(isUrgent))
    this.#others.unshift(jobs.filter((job) => !isUrgent(job)))
  }

  shift(): Job | undefined {
    const first = this.#first.shift()
    if (first !== undefined) return first
    const [one, other] = this.#taken++ % 4 === 3 ? [this.#others, this.#urgent] : [this.#urgent, this.#others]
    return one.shift() ?? other.shift()
  }

  /** Takes out those that fit, in order. */
  take(fits: (job: Job) => boolean = () => true): Job[] {
    const taken = this.#first.filter(fits)
    this.#first = this.#first.filter((job) => !fits(job))
    return [...taken, ...this.#urgent.take(fits), ...this.#others.take(fits)]
  }
}

export const isUrgent = ({ event }: Job): boolean => event.priority === 'urgent'

/** An array moves all of its items for each one that is shifted; this one moves each item once. */
class Fifo {
  #items: Job[] = []
  #head = 0

  get length(): number {
    return this.#items.length - this.#head
  }

  push(job: Job): void {
    this.#items.push(job)
  }

  unshift(jobs: readonly Job[]): void {
    this.#items = [...jobs, ...this.#items.slice(this.#head)]
    this.#head = 0
  }

  shift(): Job | undefined {
    const job = this.#items[this.#head]
    if (job === undefined) return undefined
    this.#head++
    if (this.#head * 2 > this.#items.length) {
      this.#items = this.#items.slice(this.#head)
      this.#head = 0
    }
    return job
  }

  take(fits: (job: Job) => boolean): Job[] {
    const all = this.#items.slice(this.#head)
    this.#head = 0
    this.#items = all.filter((job) => !fits(job))
    return all.filter(fits)
  }
}
