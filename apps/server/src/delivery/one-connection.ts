import type { Through } from '../domain/connection.ts'
import type { JsonObject } from '../domain/json.ts'
import type { Message } from '../domain/message.ts'
import type { DeliveryIdentity, Provider } from '../providers/kit/contract.ts'
import { type Doors, type TryResult, tryOnce } from './attempt.ts'
import type { Job } from './job.ts'
import { type LeftOut, leaveOut, leftOutWords, mayBeAPart, optionalParts, refusedBeforehand, without } from './optional-parts.ts'
import { HALVED, halved, isShorter, isTooLarge } from './shorten.ts'

export interface OneConnection {
  job: Job
  connection: Through
  provider: Provider
  destination: JsonObject
  /** As rendered for this provider. */
  message: Message
  render(provider: Provider): Message
}

/**
 * The message through one connection. A vendor that definitely refused it is asked again where the refusal may be about a part that the message can do
 * without: once without the parts that the answer names, and once without all of them; and where it may be about the size, once with less text. Returns
 * the message that was tried last.
 */
export async function sendOn(given: OneConnection, doors: Doors): Promise<{ result: TryResult; message: Message }> {
  const { job, connection, destination, render } = given
  let { provider, message } = given
  const ask = () => tryOnce({ provider, connection, destination, namedBy: job.namedBy, message, delivery: identityOf(job) }, doors)
  const parts = optionalParts(provider, message, [connection.settings, destination])
  const leftOut: LeftOut[] = []
  const leave = (out: LeftOut) => {
    leftOut.push(out)
    provider = without(
      given.provider,
      leftOut.flatMap((one) => one.parts),
    )
    message = render(provider)
  }
  const known = refusedBeforehand(provider, message, parts)
  if (known.length > 0) leave({ parts: known, refusal: null, named: true })
  let result = await ask()
  while (result.error !== undefined && mayBeAPart(result.error)) {
    const left = parts.filter((part) => !leftOut.some((one) => one.parts.includes(part)))
    const out = leaveOut(left, result.error, leftOut)
    if (out === null) break
    leave(out)
    result = await ask()
  }
  const remarks = leftOut.length === 0 ? [] : [leftOutWords(leftOut)]
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
