import type { JsonObject } from '../domain/json.ts'
import type { Message } from '../domain/message.ts'
import type { OptionalPart, Provider } from '../providers/kit/contract.ts'
import type { DeliveryError } from '../providers/kit/delivery-error.ts'

/** Fields of settings and destinations with the picture beside a message. */
const AVATARS = ['avatar', 'iconUrl', 'icon']

const PRESENT: Record<OptionalPart, (message: Message, forms: JsonObject[]) => boolean> = {
  link: ({ url }) => url !== undefined,
  picture: ({ image }) => image !== undefined,
  buttons: ({ actions }) => actions.length > 0,
  avatar: (_message, forms) => forms.some((form) => AVATARS.some((name) => /^https?:/.test(String(form[name])))),
}

/** The parts of a message that this provider sends beside the text, and that the text can do without. */
export const optionalParts = ({ optional = [] }: Provider, message: Message, forms: JsonObject[]): OptionalPart[] =>
  message.bare === true ? [] : optional.filter((part) => PRESENT[part](message, forms))

/** The same provider, for rendering without them: their addresses stand in the text. */
export const bare = (provider: Provider): Provider => ({ ...provider, capabilities: { ...provider.capabilities, bare: true } })

/** Whether the vendor is known to refuse a link or picture of this message. */
export const isRefusedBeforehand = ({ refusesLink }: Provider, { url, image }: Message): boolean =>
  refusesLink !== undefined && [url, image].some((address) => address !== undefined && refusesLink(address))

/**
 * Whether the vendor definitely refused the message, so that nobody has it, for a reason that may be an optional part of it. 413 has its own
 * remedy.
 */
export const mayBeAPart = ({ failure, status, about, maybeDelivered }: DeliveryError): boolean =>
  failure === 'rejected' && status !== undefined && status < 500 && status !== 413 && !maybeDelivered && (about === undefined || about === 'message')

/** What the reader of the history is told: what is missing, and why. `refusal` null: the vendor was not asked for it. */
export const leftOut = (parts: readonly OptionalPart[], refusal: DeliveryError | null): string =>
  `Sent without ${listed(parts)}, ${parts.length === 1 ? 'which' : 'one of which'} the vendor ${refusal === null ? 'is known to refuse' : `refused (${refusal.message})`}`

const listed = (parts: readonly string[]): string => new Intl.ListFormat('en').format(parts)
