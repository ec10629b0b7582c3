/** What the process with the open streams is asked. */
export type ListenersQuestion =
  | { kind: 'open'; address: string; users: string[] }
  /** Forgets what was heard. */
  | { kind: 'reset' }
  | { kind: 'until'; count: number; atMostMs: number }

export interface ListenersAnswer {
  /** Streams that have been told their counts. */
  open: number
  /** Streams that have been told of an entry since the last reset. */
  heard: number
  /** When the last of them was, milliseconds since the epoch with fractions. */
  lastAt: number
  /** What went wrong with a stream. */
  failed: string | null
}
