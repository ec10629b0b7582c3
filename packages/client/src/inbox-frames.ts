import type { InboxFrame } from './inbox-types.ts'

/** Maximum characters of one frame: far above what the hub sends, a limit for invalid streams. */
const MAX_FRAME = 4 * 1024 * 1024

/** Splits a stream of server-sent events (https://html.spec.whatwg.org/multipage/server-sent-events.html) into frames; comments call `beat`. */
export async function* framesOf(body: ReadableStream<Uint8Array>, beat: () => void): AsyncGenerator<InboxFrame, void, undefined> {
  const reader = body.getReader()
  const decoder = new TextDecoder()
  // Of the frame that has not ended. They are put together only when it has: a frame may come in very many parts.
  let parts: string[] = []
  let length = 0
  try {
    for (;;) {
      const { done, value } = await reader.read()
      if (done) return
      beat()
      const part = decoder.decode(value, { stream: true })
      if (part === '') continue
      const ends = ((parts.at(-1)?.slice(-1) ?? '') + part).includes('\n\n')
      parts.push(part)
      length += part.length
      if (ends) {
        const blocks = parts.join('').split('\n\n')
        const rest = blocks.pop() ?? ''
        parts = rest === '' ? [] : [rest]
        length = rest.length
        for (const block of blocks) {
          const frame = parse(block)
          if (frame !== null) yield frame
        }
      }
      if (length > MAX_FRAME) throw new Error('The stream sends no frames.')
    }
  } finally {
    await reader.cancel().catch(() => {})
  }
}

/** Null for a comment, and for events that a newer hub may send. */
function parse(block: string): InboxFrame | null {
  const fields = new Map<string, string>()
  for (const line of block.split('\n')) {
    const colon = line.indexOf(':')
    if (colon > 0) fields.set(line.slice(0, colon), line.slice(colon + 1).replace(/^ /, ''))
  }
  const [id, event, data] = [fields.get('id'), fields.get('event'), fields.get('data')]
  if (id === undefined || data === undefined || !EVENTS.has(event ?? '')) return null
  // The contract defines each event's data; the hub's tests enforce it.
  return { id, event, data: JSON.parse(data) } as InboxFrame
}

const EVENTS: ReadonlySet<string> = new Set(['hello', 'notification', 'counts', 'resync'] satisfies InboxFrame['event'][])
