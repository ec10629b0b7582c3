import type { Escape } from '../../domain/escapes/place.ts'
import type { Field, Message } from '../../domain/message.ts'
import { fitJson } from './fit-json.ts'
import { oneLine, truncate } from './truncate.ts'

type Unit = 'chars' | 'bytes'

// UTF-16 units: no vendor's count is lower.
const sizeOf = (text: string, unit: Unit): number => (unit === 'bytes' ? Buffer.byteLength(text) : text.length)

/** Plain text, cut before escaping so that no escape is split, and at most `limit` long afterwards. */
export function cutEscaped(text: string, limit: number, escapeText: Escape, unit: Unit = 'chars'): string {
  // Only the beginning of a much too long text is processed; two UTF-16 units hold at least one character.
  const kept = truncate(text.slice(0, 2 * limit + 2), limit, unit)
  const whole = escapeText(kept)
  if (sizeOf(whole, unit) <= limit) return whole
  let best = ''
  // Each round halves what is not known. A round that cuts as much as was too much would need sixty of them, and each reads the whole text.
  for (let [low, high] = [1, sizeOf(kept, unit) - 1]; low <= high; ) {
    const middle = (low + high) >> 1
    const made = escapeText(truncate(kept, middle, unit))
    if (sizeOf(made, unit) <= limit) {
      best = made
      low = middle + 1
    } else high = middle - 1
  }
  return best
}

/** What rendering wrote in the vendor's dialect, because codes of the author are in it, or the plain text, escaped. */
const shown = (coded: string | undefined, plain: string, limit: number, escapeText: Escape): string =>
  coded !== undefined && coded.length <= limit ? coded : cutEscaped(plain, limit, escapeText)

/** The title in the vendor's dialect. */
export const titleWithin = ({ title, coded }: Message, limit: number, escapeText: Escape): string => shown(coded?.title, oneLine(title), limit, escapeText)

/** The label of a link in the text, in the vendor's dialect. */
export const labelWithin = ({ actions, coded }: Message, index: number, limit: number, escapeText: Escape): string =>
  shown(coded?.labels[index], oneLine(actions[index]?.label ?? ''), limit, (text) => escapeText(text, { label: true }))

/** The first `most` fields in the vendor's dialect; `short` when they fit beside each other. */
export const fieldsWithin = (
  { fields, coded }: Message,
  most: number,
  limits: { label: number; value: number },
  escapeText: Escape,
): (Field & { short: boolean })[] =>
  fields.slice(0, most).map(({ label, value }, i) => ({
    label: shown(coded?.fields[i]?.label, oneLine(label), limits.label, escapeText),
    value: shown(coded?.fields[i]?.value, value, limits.value, escapeText),
    short: value.length <= 40,
  }))

/** Whether a request of at most `limit` bytes of JSON has room for this body when fields are left out; for `capabilities.fits`. */
export const fitsBytes =
  (limit: number, make: (message: Message) => object) =>
  (message: Message): boolean =>
    Buffer.byteLength(JSON.stringify(make({ ...message, fields: [] }))) <= limit

/**
 * The rendered body, which fits (`capabilities.fits`). Of a message that rendering has not fitted the plain text is used: markup cannot be cut
 * safely here.
 */
export const bodyWithin = (message: Message, limit: number, escapeText: Escape, unit: Unit = 'chars'): string =>
  sizeOf(message.body, unit) <= limit ? message.body : cutEscaped(message.text, limit, escapeText, unit)

/**
 * A request of at most `limit` bytes of JSON: drops the last fields first, then cuts the text, escaped in place of the body. Throws
 * `rejected` (`too_large`) when even that is too large.
 */
export function fitMessage(message: Message, limit: number, escapeText: Escape, make: (message: Message) => object): string {
  // Only as much as fits the whole request is processed.
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
