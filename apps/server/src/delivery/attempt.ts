import type { Connection } from '../domain/connection.ts'
import type { JsonObject } from '../domain/json.ts'
import type { Message } from '../domain/message.ts'
import type { Millis } from '../domain/time.ts'
import { DeliveryError } from '../providers/delivery-error.ts'
import type { Provider, Receipt, SendJob } from '../providers/provider.ts'

export interface Try {
  provider: Provider
  connection: Connection
  destination: JsonObject
  message: Message
  delivery: { id: string; attempt: number; createdAt: Millis }
}

export type TryResult = { at: Millis; ms: number } & ({ receipt: Receipt; error?: never } | { error: DeliveryError; receipt?: never })

/** What providers act through. */
export type Doors = Pick<SendJob<JsonObject, JsonObject>, 'http' | 'clock' | 'scripts' | 'logLine'>

/** Asks one connection to send. Never throws: whatever a provider throws becomes a `DeliveryError`. */
export async function tryOnce({ provider, connection, destination, message, delivery }: Try, { http, clock, scripts, logLine }: Doors): Promise<TryResult> {
  const at = clock()
  const began = performance.now()
  try {
    const receipt = await provider.send({ settings: connection.settings, destination, message, delivery, http, clock, scripts, logLine })
    return { at, ms: elapsed(began), receipt }
  } catch (error) {
    return { at, ms: elapsed(began), error: asDeliveryError(error, connection) }
  }
}

const elapsed = (began: number): Millis => Math.round(performance.now() - began)

/** A bug in a provider must not lose the message, and must not blame the server that was asked. */
function asDeliveryError(error: unknown, connection: Connection): DeliveryError {
  const known =
    error instanceof DeliveryError
      ? error
      : new DeliveryError('temporary', 'The provider failed unexpectedly', { code: 'provider_bug', scope: 'message', cause: error })
  // On a shared connection the address is a setting: when it is gone or refuses us, the connection is what has to be repaired.
  if (!connection.personal && (known.failure === 'unreachable' || (known.failure === 'misconfigured' && known.scope === 'message')))
    return new DeliveryError('misconfigured', known.message, {
      code: known.code,
      cause: known,
      ...(known.status === undefined ? {} : { status: known.status }),
    })
  return known
}
