import type { Connection } from '../domain/connection.ts'
import type { JsonObject } from '../domain/json.ts'
import type { Message } from '../domain/message.ts'
import type { DeliveryIdentity, Provider } from '../providers/kit/contract.ts'
import type { DeliveryError } from '../providers/kit/delivery-error.ts'
import { type Doors, type TryResult, tryOnce } from './attempt.ts'
import type { Job } from './job.ts'
import { bare, isRefusedBeforehand, leftOut, mayBeAPart, optionalParts } from './optional-parts.ts'
import { HALVED, halved, isShorter, isTooLarge } from './shorten.ts'

export interface OneConnection {
  job: Job
  connection: Connection
  provider: Provider
  destination: JsonObject
  /** As rendered for this provider. */
  message: Message
  render(provider: Provider): Message
}

/**
 * The message through one connection. A vendor that definitely refused it is asked once more, where the refusal may be about a part that the
 * message can do without, or about its size. Returns the message that was tried last.
 */
export async function sendOn(given: OneConnection, doors: Doors): Promise<{ result: TryResult; message: Message }> {
  const { job, connection, destination, render } = given
  let { provider, message } = given
  const ask = () => tryOnce({ provider, connection, destination, namedBy: job.namedBy, message, delivery: identityOf(job) }, doors)
  const parts = optionalParts(provider, message, [connection.settings, destination])
  const remarks: string[] = []
  const leaveOut = (refusal: DeliveryError | null) => {
    remarks.push(leftOut(parts, refusal))
    provider = bare(provider)
    message = render(provider)
  }

  const known = parts.length > 0 && isRefusedBeforehand(provider, message)
  if (known) leaveOut(null)
  let result = await ask()
  if (parts.length > 0 && !known && result.error !== undefined && mayBeAPart(result.error)) {
    leaveOut(result.error)
    result = await ask()
  }
  const shorter = result.error !== undefined && isTooLarge(result.error) ? render(halved(provider, message)) : message
  if (isShorter(shorter, message)) {
    remarks.push(HALVED)
    message = shorter
    result = await ask()
  }
  return { result: withRemarks(result, remarks), message }
}

/** The remarks stand before that of the vendor. A failure has its own words. */
function withRemarks(result: TryResult, remarks: readonly string[]): TryResult {
  if (result.error !== undefined || remarks.length === 0) return result
  const { note } = result.receipt
  return { ...result, receipt: { ...result.receipt, note: `${remarks.join('. ')}${note === undefined ? '' : `: ${note}`}` } }
}

const identityOf = ({ id, attempts, createdAt, settled, event }: Job): DeliveryIdentity => ({
  id,
  attempt: attempts,
  createdAt,
  hops: event.hops + 1,
  ...(settled === undefined ? {} : { settled }),
})
