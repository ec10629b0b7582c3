import type { Message } from '../domain/message.ts'
import type { Provider } from '../providers/kit/contract.ts'
import type { DeliveryError } from '../providers/kit/delivery-error.ts'
import type { TryResult } from './attempt.ts'

/** 413 (RFC 9110 15.5.14): the vendor, or a proxy before it, takes less than we were told. */
export const isTooLarge = ({ failure, status }: DeliveryError): boolean => failure === 'rejected' && status === 413

/** The same provider, for rendering with half the room that this message took. */
export function halved(provider: Provider, message: Message): Provider {
  const size = (text: string) => (provider.capabilities.unit === 'bytes' ? Buffer.byteLength(text) : text.length)
  const body = Math.floor(Math.max(size(message.body), size(message.text)) / 2)
  return { ...provider, capabilities: { ...provider.capabilities, body } }
}

/** Whether rendering with less room made anything shorter: mails and bodies without text have nothing to give. */
export const isShorter = (one: Message, other: Message): boolean => one.body.length + one.text.length < other.body.length + other.text.length

/** What came of the shorter one, for the history: who reads it must not wonder where the rest is. */
export function shortened(result: TryResult): TryResult {
  if (result.error !== undefined) return result
  const note = `${TOO_LARGE}${result.receipt.note === undefined ? '' : `: ${result.receipt.note}`}`
  return { ...result, receipt: { ...result.receipt, note } }
}
const TOO_LARGE = 'The whole was too large (413), so half the text was sent'
