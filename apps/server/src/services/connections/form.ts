import type { ConnectionInput } from '@carillon/client'
import type { TObject } from 'typebox'
import type { NewConnection, StoredConnection } from '../../domain/connection.ts'
import type { JsonObject } from '../../domain/json.ts'
import type { SecretFields } from '../../domain/secret-fields.ts'
import { type FieldError, invalidField } from '../../errors.ts'
import { both, type CheckForm } from '../../forms/check.ts'
import { keepSecrets } from '../../forms/kept-secrets.ts'
import type { Provider } from '../../providers/kit/contract.ts'

export interface ConnectionFormParts {
  /** Throws `unknown_provider`. */
  provider(id: string): Provider
  secrets: Pick<SecretFields, 'keep'>
  checkForm: CheckForm
}

/**
 * A form of a connection as it would be saved, and the warnings that an operator has to confirm. Masked secrets are read from `stored`, which is
 * null for a new one. Without `personal` a form keeps the stored value; a new connection is shared when it has a destination.
 */
export type ReadForm = (input: ConnectionInput, stored: StoredConnection | null) => Promise<{ connection: NewConnection; warnings: FieldError[] }>

export function createConnectionForm({ provider: providerOf, secrets, checkForm }: ConnectionFormParts): ReadForm {
  return async (input, stored) => {
    const provider = providerOf(input.provider)
    if (stored !== null && stored.provider !== provider.id) throw invalidField('/provider', 'cannot be changed; make a new connection')
    const name = input.name.trim()
    if (name === '') throw invalidField('/name', 'must not be blank')
    const personal = input.personal ?? stored?.personal ?? input.destination == null
    const given = { settings: input.settings ?? {}, destination: givenDestination(personal, input.destination, toSchema(provider)) }
    const whole = keepSecrets(secrets, { settings: provider.settings, destination: toSchema(provider) }, given, stored)
    const own = { schema: provider.settings, rules: (value: JsonObject) => provider.check({ settings: value }) }
    const shared = { schema: toSchema(provider), rules: (value: JsonObject) => provider.check({ destination: value }) }
    const [settings, destination] = await both(
      checkForm(own, whole.settings, '/settings'),
      whole.destination === null ? Promise.resolve(null) : checkForm(shared, whole.destination, '/destination'),
    )
    const connection = {
      provider: provider.id,
      channel: provider.channel,
      name,
      settings: settings.value,
      destination: destination?.value ?? null,
      personal,
      events: input.events ?? [],
      tags: input.tags ?? [],
      minSeverity: input.minSeverity ?? null,
      priority: input.priority ?? 0,
      enabled: input.enabled ?? true,
      limits: input.limits ?? null,
    }
    return { connection, warnings: [...settings.warnings, ...(destination?.warnings ?? [])] }
  }
}

/** The schema of a shared connection's destination. */
export const toSchema = (provider: Provider): TObject => provider.sharedDestination ?? provider.destination

function givenDestination(personal: boolean, destination: JsonObject | null | undefined, form: TObject): JsonObject | null {
  if (personal && destination != null) throw invalidField('/destination', 'belongs to shared connections; a personal one sends to each person’s own')
  if (personal || destination != null) return destination ?? null
  // A script has only settings.
  if (Object.keys(form.properties).length === 0) return {}
  throw invalidField('/destination', 'is required for a shared connection')
}
