import type { JsonObject } from '../../domain/json.ts'
import { SERVER_FIELDS } from '../../domain/server-fields.ts'
import type { UnknownSubscription } from '../../domain/subscriptions.ts'
import type { Provider } from '../../providers/kit/contract.ts'
import { DeliveryError, TRANSPORT } from '../../providers/kit/delivery-error.ts'
import { mapMarked } from '../../security/marked-fields.ts'
import { hideSecrets } from '../../security/scrub.ts'

export interface TestFailure {
  /** JSON pointer into the form; empty when no field is to blame. */
  field: string
  message: string
  severity: 'error' | 'warning'
  code: string
}

/** The schemas of a form. */
type Schemas = Pick<Provider, 'settings' | 'destination' | 'sharedDestination'>

/** The values in the form when it failed. */
interface Filled {
  settings: JsonObject
  destination: JsonObject | null
}

/** The vendor's message about a form, without the secrets of that form, and the field to correct. */
export function testFailureOf(error: unknown, schemas: Schemas, { settings, destination }: Filled): TestFailure {
  const known =
    error instanceof DeliveryError ? error : new DeliveryError('temporary', error instanceof Error ? error.message : String(error), { code: 'provider_bug' })
  const to = destination ?? {}
  return {
    field: fieldOf(known, schemas, settings, to),
    message: hideSecrets(known.message, schemas, { settings, destination: to }),
    severity: 'error',
    code: known.code,
  }
}

/** Warnings do not keep a form from being saved and used. */
export function warningsOf(provider: Pick<Provider, 'check' | 'advise'>, { settings, destination }: Filled): TestFailure[] {
  const given = { settings, ...(destination && { destination }) }
  return [...provider.check(given), ...(provider.advise?.(given) ?? [])].flatMap(({ pointer, message, severity }) =>
    severity === 'warning' ? [{ field: pointer, message, severity, code: 'warning' }] : [],
  )
}

/** A person's destination is the field `to` in the form of a test. */
export const blameRecipientField = (failure: TestFailure, personal: boolean): TestFailure =>
  personal ? { ...failure, field: failure.field.replace(/^\/destination(?=\/|$)/, '/to') } : failure

/** The samples may succeed although nothing will be delivered. */
export const unknownSubscription = ({ pointer, message, code }: UnknownSubscription): TestFailure => ({ field: pointer, message, severity: 'warning', code })

const NETWORK = new Set([...TRANSPORT, 'redirect', 'web_page'])

/** The field that the vendor names. Otherwise the server for a network failure, the secret for a refused login, or the first field filled in; else none. */
function fieldOf({ code, failure, field }: DeliveryError, schemas: Schemas, settings: JsonObject, destination: JsonObject): string {
  if (field !== undefined) return field
  const server = (value: JsonObject) => SERVER_FIELDS.find((name) => name in value)
  const own = (name: string | undefined) => name && `/settings/${name}`
  const theirs = (name: string | undefined) => name && `/destination/${name}`
  if (NETWORK.has(code)) return own(server(settings)) ?? theirs(server(destination)) ?? ''
  const place = theirs(firstSecret(schemas.destination, destination) ?? Object.keys(destination)[0])
  if (failure === 'unreachable') return place ?? ''
  if (failure !== 'misconfigured') return ''
  const given = Object.keys(schemas.settings.properties).find((name) => name in settings)
  return own(firstSecret(schemas.settings, settings)) ?? place ?? own(given) ?? ''
}

/** Its name, without the slash before it. */
function firstSecret(schema: object, value: JsonObject): string | undefined {
  let first: string | undefined
  mapMarked(schema, 'x-secret', value, (secret, pointer) => {
    first ??= pointer.slice(1)
    return secret
  })
  return first
}
