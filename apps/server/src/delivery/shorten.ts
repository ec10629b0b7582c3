import { sizeOf } from '../domain/cut.ts'
import type { Message } from '../domain/message.ts'
import type { Provider } from '../providers/kit/contract.ts'
import type { DeliveryError } from '../providers/kit/delivery-error.ts'

/** 413 (RFC 9110 15.5.14): the vendor, or a proxy before it, accepts less than it documents. */
export const isTooLarge = ({ failure, status }: DeliveryError): boolean => failure === 'rejected' && status === 413

/** The same provider, for rendering with half the space that this message took. */
export function halved(provider: Provider, message: Message): Provider {
  const size = (text: string) => sizeOf(text, provider.capabilities.unit ?? 'chars')
  const body = Math.floor(Math.max(size(message.body), size(message.text)) / 2)
  return { ...provider, capabilities: { ...provider.capabilities, body } }
}

/** Whether rendering with less space made the message shorter. Mails and bodies without text cannot be shortened. */
export const isShorter = (one: Message, other: Message): boolean => one.body.length + one.text.length < other.body.length + other.text.length

/** What the reader of the history is told of a shortened message. */
export const HALVED = 'The whole was too large (413), so half the text was sent'
