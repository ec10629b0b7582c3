import type { Clock, Millis } from '../domain/time.ts'
import { Ready } from './ready.ts'

/** Which due rows of a queue are claimed before the others; `urgent only`: no others. */
export type ClaimOrder = 'urgent first' | 'oldest first' | 'urgent only'

/** The limits of one connection. */
export interface LaneLimits {
  concurrency: number
  rate?: { count: number; perMs: Millis }
}

/** After a kill all are tried one after the other; those of a single death wait at most a second for each other. 300 that answer at once take 2 s. */
const MOST_UNQUEUED = 300
/** Urgent deliveries beyond what a lane, or the process, takes of others: they do not stand behind what waits in memory. */
export const URGENT_SURPLUS = 50
/** Urgent rows that a lane whose memory is full has claimed and not started. */
const FEW_URGENT = 8
/** Rows that a lane claims beyond those that may start, while the process has too much in hand. */
const SMALL_BUFFER = 20

/**
 * The deliveries that one connection has in flight, and how many more may start now.
 * After a block it opens slowly: 1, 2, 4, … at a time, one more for every success, so that a recovering vendor is not overloaded.
 */
export class Lane {
  readonly id: string
  readonly ready = new Ready()
  inFlight = 0
  /** Waiting for their destination's turn. */
  parked = 0
  /** Born leased to this process, and not yet committed. */
  reserved = 0
  /** The last claim took all that was due: the next claim waits for a wake-up. */
  drained = false
  /** A claim is under way. What it finds is older than what is reported now. */
  claiming = false
  /** Deliveries that waited too long are read again; until then none starts. */
  rereading = false
  /** Urgent rows may be in the queue: they are claimed even while the memory is full. */
  urgentDue = false
  /** Counts claims: one in four ignores urgency. */
  claims = 0
  #window: number
  #limits: LaneLimits
  #tokens: number
  #refilledAt: Millis
  readonly #clock: Clock

  constructor(id: string, limits: LaneLimits, clock: Clock, slowStart: boolean) {
    this.id = id
    this.#limits = limits
    this.#clock = clock
    this.#window = slowStart ? 1 : limits.concurrency
    this.#tokens = limits.rate?.count ?? 0
    this.#refilledAt = clock()
  }

  update(limits: LaneLimits): void {
    if (this.#window === this.#limits.concurrency) this.#window = limits.concurrency
    // The first rate limit begins with a full bucket, as on a new lane.
    if (this.#limits.rate === undefined) {
      this.#tokens = limits.rate?.count ?? 0
      this.#refilledAt = this.#clock()
    }
    this.#limits = limits
  }

  succeeded(): void {
    if (this.#window < this.#limits.concurrency) this.#window++
  }

  /** It was blocked, and too few deliveries have succeeded since. */
  opening(): boolean {
    return this.#window < this.#limits.concurrency
  }

  /** A delivery that is planned now may skip the queue: no limit holds the lane up, and nothing in it is older, or it is urgent and passes that. */
  takesUnqueued(urgent: boolean): boolean {
    if (this.opening() || this.#limits.rate !== undefined) return false
    const held = this.ready.length + this.parked + this.inFlight + this.reserved
    return urgent ? held < MOST_UNQUEUED + URGENT_SURPLUS : this.drained && !this.claiming && !this.rereading && held < MOST_UNQUEUED
  }

  /** Deliveries that may start now. */
  room(): number {
    const free = Math.min(this.#window, this.#limits.concurrency) - this.inFlight
    return this.#limits.rate === undefined ? free : Math.min(free, Math.floor(this.#refill()))
  }

  /** What to claim now; null for nothing. Assumes that a claim of all that is due empties the queue; a wake-up during the claim resets it. */
  ask(most: number, spare: number): { limit: number; order: ClaimOrder } | null {
    const wanted = this.appetite(most, spare)
    const limit = wanted > 0 ? wanted : this.urgentAppetite()
    if (limit <= 0) return null
    this.drained = wanted > 0
    this.urgentDue = false
    return { limit, order: wanted === 0 ? 'urgent only' : this.claims++ % 4 === 3 ? 'oldest first' : 'urgent first' }
  }

  /** Runs the claim that was asked for. After one that failed the queue may hold anything. */
  async claim<Rows>(run: () => Promise<Rows>): Promise<Rows> {
    this.claiming = true
    try {
      return await run()
    } catch (error) {
      this.drained = false
      this.urgentDue = true
      throw error
    } finally {
      this.claiming = false
    }
  }

  /**
   * Deliveries worth claiming now: those that may start, and a buffer of the next ones unless a limit holds them up. `spare`: how many more the process
   * should have in hand.
   */
  appetite(most: number, spare: number): number {
    const rated = this.#limits.rate !== undefined
    const buffer = Math.min(most / 2, Math.max(spare, SMALL_BUFFER))
    // Large batches: refilling the buffer after each delivery would cost a claim for every row.
    if (!rated && this.ready.length >= buffer / 2) return 0
    const want = rated || this.opening() ? this.room() : Math.max(this.room(), 0) + buffer
    return Math.max(0, Math.min(most, Math.floor(want)) - this.ready.length - this.parked)
  }

  /** Urgent rows worth claiming when nothing else is: what waits in memory does not hold them up, a limit does. */
  urgentAppetite(): number {
    if (!this.urgentDue) return 0
    const free = this.#limits.rate !== undefined || this.opening() ? this.room() : FEW_URGENT
    return Math.max(0, Math.min(free, FEW_URGENT) - this.ready.urgent)
  }

  started(): void {
    this.inFlight++
    if (this.#limits.rate !== undefined) this.#tokens--
  }

  /** Milliseconds until the rate limit allows another one; null when the rate is not the limit. */
  waitForRate(): Millis | null {
    const { rate } = this.#limits
    if (rate === undefined || this.#refill() >= 1) return null
    return Math.ceil(((1 - this.#tokens) * rate.perMs) / rate.count)
  }

  #refill(): number {
    const { rate } = this.#limits
    if (rate === undefined) return Number.POSITIVE_INFINITY
    const now = this.#clock()
    // When the clock was set back, count it as no time passed.
    const passed = Math.max(0, now - this.#refilledAt)
    this.#tokens = Math.min(rate.count, this.#tokens + (passed * rate.count) / rate.perMs)
    this.#refilledAt = now
    return this.#tokens
  }
}
