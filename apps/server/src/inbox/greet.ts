import { countsFrame, helloFrame, resyncFrame } from './frames.ts'
import { NO_COUNTS } from './item.ts'
import { type FeedStore, frameOf, type Present } from './news.ts'
import { type Reader, send, sendPatiently } from './reader.ts'

/** A reader that missed more changes than this reloads its list. */
const MAX_REPLAY = 500
const REPLAY_PAGE = 50

/** Where a reader was on an earlier stream; null when it had none. */
export type After = number | 'unknown' | null

export interface GreetParts {
  store: FeedStore
  present: Present
  /** 0 <= x < 1 */
  random: () => number
}

/**
 * Starts a stream: hello, the changes missed since `after`, the counts. Then the reader is live. Changes that arrive meanwhile are
 * remembered as one number (`missed`) and read here too, so nothing is lost between the replay and the first live frame. Returns the number
 * up to which the reader is up to date.
 */
export async function greet({ store, present, random }: GreetParts, reader: Reader, after: After): Promise<number> {
  const { userId } = reader
  const last = await store.last(userId)
  const from = typeof after === 'number' ? await store.resumeFrom(userId, after) : null
  const at = typeof after === 'number' && from !== null ? after : last
  await sendPatiently(reader, helloFrame(at, { resumed: from !== null, retryMs: Math.round(2000 + random() * 8000) }))
  if (after !== null && from === null) await sendPatiently(reader, resyncFrame(last, 'unknown_position'))

  let told = last
  if (from !== null) told = Math.max(told, await replay(from))
  for (;;) {
    const counts = (await store.counts([userId])).get(userId) ?? NO_COUNTS
    if (reader.sink.buffered() > 0) await reader.sink.flushed()
    send(reader, countsFrame(told, counts))
    if (reader.missed === null || reader.state === 'closed') break
    const since = reader.missed
    reader.missed = null
    told = Math.max(told, await replay(since))
  }
  if (reader.state === 'opening') reader.state = 'live' // nothing was awaited since `missed` was read
  return told

  async function replay(start: number): Promise<number> {
    const waiting = (await store.pending([{ userId, since: start }])).get(userId)
    if (waiting === undefined) return 0
    if (waiting.count > MAX_REPLAY) {
      await sendPatiently(reader, resyncFrame(waiting.last, 'many_changes'))
      return waiting.last
    }
    for (let since = start; reader.state !== 'closed'; ) {
      const rows = await store.changed([{ userId, since }], REPLAY_PAGE)
      for (const row of rows) await sendPatiently(reader, await frameOf(row, present))
      if (rows.length < REPLAY_PAGE) break
      since = rows.at(-1)!.changed + 1
    }
    return waiting.last
  }
}
