import type { AlikeRefusals, Refusal } from '../domain/connection.ts'
import type { JsonObject } from '../domain/json.ts'
import type { DeliveryError } from '../providers/kit/delivery-error.ts'

/** So much of an answer is compared: ids and links are mostly at its end. */
const COMPARED = 100

/**
 * The answer of a refusal without what differs from recipient to recipient: addresses, ids, numbers, links. Null when it may not be counted:
 * it is not the vendor's answer, may pass, is about the connection already, or surely about the message.
 */
export function likenessOf({ failure, status, scope, about, code, message }: DeliveryError, destination: JsonObject): string | null {
  if (status === undefined || status === 413 || failure === 'temporary' || scope !== 'message' || about === 'message') return null
  const own = textsIn(destination).sort((a, b) => b.length - a.length)
  const words = own
    .reduce((text, one) => text.replaceAll(one, '…'), message)
    .toLowerCase()
    .replace(/<[^<>]*>/g, '…')
    .replace(/https?:\S+/g, '…')
    .replace(/(?<!\S)\S+@\S+/g, '…')
    .replace(/(?<![\w-])[\w-]*\d[\w-]*/g, '#')
    .replace(/[^\p{L}\p{N}…#]+/gu, ' ')
  return `${code} ${words.slice(0, COMPARED)}`.trim()
}

const textsIn = (value: unknown): string[] => {
  if (typeof value === 'string') return value.length < 3 ? [] : [value]
  return typeof value === 'object' && value !== null ? Object.values(value).flatMap(textsIn) : []
}

/**
 * How the next refusal with this likeness is taken, while the connection is blamed: `connection` = as its fault. `message` = it is tried again later
 * and blocks nothing else: when all of the series were one event, its message may be to blame as well, when the answer names the recipient, its
 * address may be, and when the series speaks for one reporter, that one. Messages of others are then taken as ever.
 */
export function blameFor(
  alike: AlikeRefusals | undefined,
  { likeness, event, ofRecipient, reporter = '' }: Pick<Refusal, 'likeness' | 'event' | 'ofRecipient' | 'reporter'>,
): 'connection' | 'message' | null {
  if (alike?.blamed !== true || alike.likeness !== likeness) return null
  if (alike.voice !== undefined) return alike.voice === reporter ? 'message' : null
  return ofRecipient || alike.refused.every((one) => one.event === event) ? 'message' : 'connection'
}
