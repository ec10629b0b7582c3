import type { JsonObject } from '../domain/json.ts'
import type { Message, OptionalPart } from '../domain/message.ts'
import type { Provider } from '../providers/kit/contract.ts'
import type { DeliveryError } from '../providers/kit/delivery-error.ts'

/** Fields of settings and destinations with the picture beside a message. */
const AVATARS = ['avatar', 'iconUrl', 'icon']

const PRESENT: Record<OptionalPart, (message: Message, forms: JsonObject[]) => boolean> = {
  link: ({ url }) => url !== undefined,
  picture: ({ image }) => image !== undefined,
  buttons: ({ actions }) => actions.length > 0,
  fields: ({ fields }) => fields.length > 0,
  avatar: (_message, forms) => forms.some((form) => AVATARS.some((name) => /^https?:/.test(String(form[name])))),
}

/** The parts of a message that this provider sends beside the text, and that the text can do without. */
export const optionalParts = ({ optional = [] }: Provider, message: Message, forms: JsonObject[]): OptionalPart[] =>
  optional.filter((part) => message.without?.includes(part) !== true && PRESENT[part](message, forms))

/** The same provider, for rendering without these parts: their addresses and the fields stand in the text. */
export const without = (provider: Provider, parts: readonly OptionalPart[]): Provider =>
  parts.length === 0 ? provider : { ...provider, capabilities: { ...provider.capabilities, without: parts } }

/** Of these parts those with an address that the vendor is known to refuse. */
export const refusedBeforehand = ({ refusesLink }: Provider, { url, image }: Message, parts: readonly OptionalPart[]): OptionalPart[] => {
  const addresses: Partial<Record<OptionalPart, string | undefined>> = { link: url, picture: image }
  return parts.filter((part) => {
    const address = addresses[part]
    return address !== undefined && refusesLink?.(address) === true
  })
}

/**
 * Whether the vendor definitely refused the message, so that nobody has it, for a reason that may be an optional part of it. 413 has its own
 * remedy. Where a status of the vendor means its settings as well, the answer has to name the part.
 */
export const mayBeAPart = ({ failure, status, about, maybeDelivered, parts = [] }: DeliveryError): boolean =>
  (failure === 'rejected' || (failure === 'misconfigured' && parts.length > 0)) &&
  status !== undefined &&
  status < 500 &&
  status !== 413 &&
  !maybeDelivered &&
  (about === undefined || about === 'message')

/** Parts that were left out together, and why. */
export interface LeftOut {
  parts: readonly OptionalPart[]
  /** Null: the vendor is known to refuse them. */
  refusal: DeliveryError | null
  /** The vendor named them; else it may have meant any of them. */
  named: boolean
}

/** What to leave out next, after this refusal: the parts that the vendor named, once; else all that are left. Null when there is nothing. */
export function leaveOut(left: readonly OptionalPart[], refusal: DeliveryError, before: readonly LeftOut[]): LeftOut | null {
  if (left.length === 0) return null
  const named = before.some((one) => one.refusal !== null) ? [] : left.filter((part) => refusal.parts?.includes(part))
  return named.length > 0 ? { parts: named, refusal, named: true } : { parts: left, refusal, named: false }
}

/** What the reader of the history is told: what is missing, and why. */
export const leftOutWords = (leftOut: readonly LeftOut[]): string => `Sent ${leftOut.map(sentence).join(' and ')}`

function sentence({ parts, refusal, named }: LeftOut): string {
  const which = named || refusal === null || parts.length === 1 ? 'which' : 'one of which'
  return `without ${listed(parts)}, ${which} the vendor ${refusal === null ? 'is known to refuse' : `refused (${refusal.message})`}`
}

const listed = (parts: readonly string[]): string => new Intl.ListFormat('en').format(parts)
