import type { Connection } from '../domain/connection.ts'
import type { JsonObject } from '../domain/json.ts'
import type { Message } from '../domain/message.ts'
import type { DeliveryIdentity, Provider } from '../providers/kit/contract.ts'
import { type Doors, type TryResult, tryOnce } from './attempt.ts'
import type { Job } from './job.ts'
import { bare, isRefusedBeforehand, mayBeAPart, optionalParts, withoutParts } from './optional-parts.ts'
import { halved, isShorter, isTooLarge, shortened } from './shorten.ts'

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
  const known = parts.length > 0 && isRefusedBeforehand(provider, message)
  if (known) {
    provider = bare(provider)
    message = render(provider)
  }
  let result = await ask()
  if (known) result = withoutParts(result, parts, null)
  else if (parts.length > 0 && result.error !== undefined && mayBeAPart(result.error)) {
    provider = bare(provider)
    message = render(provider)
    result = withoutParts(await ask(), parts, result.error)
  }
  const shorter = result.error !== undefined && isTooLarge(result.error) ? render(halved(provider, message)) : message
  if (isShorter(shorter, message)) {
    message = shorter
    result = shortened(await ask())
  }
  return { result, message }
}

const identityOf = ({ id, attempts, createdAt, settled, event }: Job): DeliveryIdentity => ({
  id,
  attempt: attempts,
  createdAt,
  hops: event.hops + 1,
  ...(settled === undefined ? {} : { settled }),
})
