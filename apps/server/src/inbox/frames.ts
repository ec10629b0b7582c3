import type { Counts, InboxItem } from './item.ts'

/** The first frame: `resumed` means that nothing was missed since the reader's position. */
interface Hello {
  resumed: boolean
  /** Milliseconds to wait before reconnecting; random within 2-10 s, so that readers do not all return at once. */
  retryMs: number
}

/** Tells the reader to load the list again: many changes at once, an unknown position, or the stream ends (`slow`, `signed_out`, `stopping`). */
export interface Resync {
  reason: 'many_changes' | 'unknown_position' | 'slow' | 'signed_out' | 'unavailable' | 'stopping'
}

/** The current state of one entry, or the id of a deleted one. */
type Changed = InboxItem | { id: string; deleted: true }

/** `data` is serialised once, because many readers share it. */
export interface Frame {
  /** `notifications.changed`: the position to resume from. It counts the events of the hub, so it does not leave it: a transport writes a sealed one. */
  id: number
  event: 'hello' | 'notification' | 'counts' | 'resync'
  data: string
  /** From `hello`: SSE has its own field for it. */
  retryMs?: number
}

export const helloFrame = (id: number, hello: Hello): Frame => ({ id, event: 'hello', data: JSON.stringify(hello), retryMs: hello.retryMs })
export const changedFrame = (id: number, changed: Changed): Frame => ({ id, event: 'notification', data: JSON.stringify(changed) })
export const countsFrame = (id: number, counts: Counts): Frame => ({ id, event: 'counts', data: JSON.stringify(counts) })
export const resyncFrame = (id: number, reason: Resync['reason']): Frame => ({ id, event: 'resync', data: JSON.stringify({ reason }) })

/** Server-sent events with a sealed position, https://html.spec.whatwg.org/multipage/server-sent-events.html. JSON text has no line breaks. */
export const sseText = ({ event, data, retryMs }: Frame, id: string): string =>
  `${retryMs === undefined ? '' : `retry: ${retryMs}\n`}id: ${id}\nevent: ${event}\ndata: ${data}\n\n`

/** The same frame as one WebSocket text message. */
export const wsText = ({ event, data }: Frame, id: string): string => `{"id":"${id}","event":"${event}","data":${data}}`
