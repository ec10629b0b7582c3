import { startChild } from './child.ts'

export type ReceiverQuestion = { kind: 'reset'; note: boolean; secret: string | null; hang: boolean } | { kind: 'until'; count: number; atMostMs: number }

export interface ReceiverAnswer {
  count: number
  /** Milliseconds since the epoch, with fractions. */
  firstAt: number
  lastAt: number
  verified: number
  wrong: number
  /** Arrival time of each event, if recorded. */
  notes: [eventId: string, at: number][]
}

export interface Receiver {
  url: string
  /** Resets everything. `note`: record the arrival time of each event; `secret`: verify the signature of every hundredth; `hang`: answer none. */
  reset(options?: { note?: boolean; secret?: string; hang?: boolean }): Promise<void>
  /** Resolves when so many have come, at once for 0; throws when they do not. */
  until(count: number, atMostMs?: number): Promise<ReceiverAnswer>
  stop(): Promise<void>
}

/** The receiver of all deliveries, in a separate process. */
export async function startReceiver(): Promise<Receiver> {
  const child = await startChild<ReceiverQuestion, ReceiverAnswer, { url: string }>('processes/receiver')
  return {
    url: child.hello.url,
    async reset({ note = false, secret, hang = false } = {}) {
      await child.ask({ kind: 'reset', note, secret: secret ?? null, hang })
    },
    async until(count, atMostMs = 120_000) {
      const answer = await child.ask({ kind: 'until', count, atMostMs })
      if (answer.count < count) throw new Error(`only ${answer.count} of ${count} deliveries came within ${atMostMs / 1000} s`)
      if (answer.wrong > 0) throw new Error(`${answer.wrong} signatures were wrong`)
      return answer
    },
    stop: child.stop,
  }
}
