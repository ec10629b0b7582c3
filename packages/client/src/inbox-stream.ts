import { CarillonError } from './error.ts'
import { framesOf } from './inbox-frames.ts'
import type { InboxStreamOptions } from './inbox-types.ts'
import type { Transport } from './transport.ts'

/** Used until the hub sends its own value. */
const RETRY_MS = 2000
const LONGEST_WAIT = 60_000
/** The hub sends a heartbeat every 25 s; a connection silent for longer than two heartbeats is dead. */
const SILENCE_MS = 60_000

/**
 * Reads the stream with fetch and the Authorization header, and reconnects with the last frame's id, so nothing is missed. Resolves when
 * `signal` ends it; throws when the hub refuses permanently (token expired, no such user).
 */
export async function streamInbox(transport: Transport, { signal, onFrame, lastEventId, onCut, wait = pause }: InboxStreamOptions): Promise<void> {
  let last = lastEventId
  let retryMs = RETRY_MS
  let failures = 0
  /** The caller's own function threw: a retry would not help. */
  let broken = false

  async function connection(): Promise<void> {
    const silence = new AbortController()
    let timer: ReturnType<typeof setTimeout> | undefined
    const beat = () => {
      clearTimeout(timer)
      timer = setTimeout(() => silence.abort(new Error(`Nothing was heard for ${SILENCE_MS / 1000} s.`)), SILENCE_MS)
    }
    try {
      beat()
      const response = await transport.open('/v1/inbox/stream', {
        headers: { accept: 'text/event-stream', ...(last === undefined ? {} : { 'last-event-id': last }) },
        signal: AbortSignal.any([signal, silence.signal]),
      })
      if (response.body === null) throw new Error('The answer has no body.')
      for await (const frame of framesOf(response.body, beat)) {
        failures = 0
        if (frame.event === 'hello') retryMs = frame.data.retryMs
        last = frame.id
        broken = true
        onFrame(frame)
        broken = false
      }
    } finally {
      clearTimeout(timer)
    }
  }

  while (!signal.aborted) {
    let waitMs = 0
    try {
      await connection()
      onCut?.(new Error('The hub ended the stream.'))
    } catch (error) {
      if (signal.aborted) return
      if (broken || (error instanceof CarillonError && isFinal(error))) throw error
      waitMs = error instanceof CarillonError ? (error.retryAfter ?? 0) * 1000 : 0
      onCut?.(error)
    }
    const longer = Math.min(retryMs * 2 ** failures++, LONGEST_WAIT)
    await wait(Math.max(waitMs, longer), signal).catch(() => {})
  }
}

/** A retry would be refused the same way. */
const isFinal = ({ code, status }: CarillonError): boolean =>
  code === 'aborted' || (status >= 400 && status < 500 && status !== 408 && status !== 409 && status !== 429)

function pause(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) return resolve()
    const timer = setTimeout(done, ms)
    signal.addEventListener('abort', done, { once: true })
    function done(): void {
      clearTimeout(timer)
      signal.removeEventListener('abort', done)
      resolve()
    }
  })
}
