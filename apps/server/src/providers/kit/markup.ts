import type { Message } from '../../domain/message.ts'
import { fitJson } from './fit-json.ts'
import { truncate } from './truncate.ts'

type Escape = (text: string) => string
type Unit = 'chars' | 'bytes'

// UTF-16 units, which no vendor counts lower than.
const sizeOf = (text: string, unit: Unit): number => (unit === 'bytes' ? Buffer.byteLength(text) : text.length)

/** Plain text, cut before it is escaped so that no escape is ever cut in two, and no longer than `limit` afterwards. */
export function cutEscaped(text: string, limit: number, escapeText: Escape, unit: Unit = 'chars'): string {
  let room = limit
  // Of what is far too long only the beginning is looked at; two UTF-16 units hold at least one character.
  let kept = text.slice(0, 2 * limit + 2)
  for (;;) {
    kept = truncate(kept, room, unit)
    const made = escapeText(kept)
    const excess = sizeOf(made, unit) - limit
    if (excess <= 0) return made
    if (room <= 0) return ''
    // A sign becomes eight at worst, so each round takes no more than it must.
    room = Math.min(room, sizeOf(kept, unit)) - Math.max(1, Math.ceil(excess / 8))
  }
}

/** The body as it was rendered. Should it be longer than the vendor takes, its plain text stands in: markup cannot be cut safely here. */
export const bodyWithin = (message: Message, limit: number, escapeText: Escape, unit: Unit = 'chars'): string =>
  sizeOf(message.body, unit) <= limit ? message.body : cutEscaped(message.text, limit, escapeText, unit)

/**
 * A request of at most `limit` bytes of JSON: the last fields go first, then the end of the text, escaped in place of the body.
 * Throws `rejected` (`too_large`) when even that is too much.
 */
export function fitMessage(message: Message, limit: number, escapeText: Escape, make: (message: Message) => object): string {
  // What is longer than the whole request is looked at no further.
  const fields = message.fields.map(({ label, value }) => ({ label: label.slice(0, limit), value: value.slice(0, limit) }))
  const write = (count: number) => JSON.stringify(make({ ...message, fields: fields.slice(0, count) }))
  let json = write(fields.length)
  if (Buffer.byteLength(json) <= limit) return json
  let best: string | undefined
  for (let low = 0, high = fields.length - 1; low <= high; ) {
    const middle = (low + high) >> 1
    json = write(middle)
    if (Buffer.byteLength(json) <= limit) {
      best = json
      low = middle + 1
    } else high = middle - 1
  }
  return best ?? fitJson(message.text.slice(0, limit), limit, (text) => make({ ...message, fields: [], text, body: escapeText(text) }))
}
