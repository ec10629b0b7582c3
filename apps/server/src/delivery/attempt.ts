import type { Through } from '../domain/connection.ts'
import type { JsonObject } from '../domain/json.ts'
import type { Message } from '../domain/message.ts'
import type { NamedBy } from '../domain/named-by.ts'
import type { Millis } from '../domain/time.ts'
import type { DeliveryIdentity, HttpFor, KeptSecrets, Provider, Receipt, SendJob } from '../providers/kit/contract.ts'
import { DeliveryError } from '../providers/kit/delivery-error.ts'

export interface Try {
  provider: Provider
  connection: Through
  destination: JsonObject
  /** Who named that destination. */
  namedBy: NamedBy
  message: Message
  delivery: DeliveryIdentity
}

export type TryResult = { at: Millis; ms: number } & ({ receipt: Receipt; error?: never } | { error: DeliveryError; receipt?: never })

/** The means through which providers act, and how the texts of a vendor are cleaned. */
export interface Doors extends Pick<SendJob<JsonObject, JsonObject>, 'clock' | 'scripts' | 'logLine'> {
  http: HttpFor
  /** The stored secrets of a connection. */
  kept?(connectionId: string): KeptSecrets
  /** A text without the secrets of the form that was sent to the vendor. */
  hide(text: string, provider: Provider, form: { settings: JsonObject; destination: JsonObject }): string
}

/** Makes one connection send. Never throws: every error that a provider throws becomes a `DeliveryError`. */
export async function tryOnce(
  { provider, connection, destination, namedBy, message, delivery }: Try,
  { http, kept, clock, scripts, logLine, hide }: Doors,
): Promise<TryResult> {
  const at = clock()
  const began = performance.now()
  const { id, settings } = connection
  // Some vendors repeat the request in their ids and in their errors.
  const shown = (text: string) => hide(text, provider, { settings, destination })
  try {
    const { externalId, note } = await provider.send({
      settings,
      destination,
      message,
      delivery,
      http: http(namedBy, settings, destination),
      kept: kept?.(id),
      clock,
      scripts,
      logLine,
    })
    const ms = elapsed(began)
    return { at, ms, receipt: { ...(externalId !== undefined && { externalId: shown(externalId) }), ...(note !== undefined && { note: shown(note) }) } }
  } catch (error) {
    return { at, ms: elapsed(began), error: asDeliveryError(error, connection, shown) }
  }
}

const elapsed = (began: number): Millis => Math.round(performance.now() - began)

/**
 * What a failure says about a connection, in words cleaned by `shown`. A bug in a provider must not lose the message, and must not
 * blame the server of the vendor.
 */
export function asDeliveryError(error: unknown, { personal }: Pick<Through, 'personal'>, shown: (text: string) => string): DeliveryError {
  const known =
    error instanceof DeliveryError
      ? error
      : new DeliveryError('temporary', 'The provider failed unexpectedly', { code: 'provider_bug', scope: 'message', cause: error })
  const { failure, status, cause, field, about } = known
  const [sentence, code] = [shown(known.message), shown(known.code)]
  // On a shared connection the address is a setting: when it is gone or refuses the message, the connection has to be repaired.
  if (!personal && (failure === 'unreachable' || (failure === 'misconfigured' && known.scope === 'message')))
    return new DeliveryError('misconfigured', sentence, { code, status, cause, field, about })
  return new DeliveryError(failure, sentence, { ...known, code, cause })
}
