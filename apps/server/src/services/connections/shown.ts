import { type Asker, hasScope } from '../../domain/caller.ts'
import type { StoredConnection } from '../../domain/connection.ts'
import type { SecretFields } from '../../domain/secret-fields.ts'
import { unknownSubscriptions, unknownTypesIn } from '../../domain/subscriptions.ts'
import type { Clock } from '../../domain/time.ts'
import type { FieldError } from '../../errors.ts'
import { shownHosts } from '../../forms/shown-hosts.ts'
import type { Provider } from '../../providers/kit/contract.ts'
import { maskUrlsIn } from '../../security/url-secrets.ts'
import { type ShownHealth, shownHealth } from '../health.ts'
import { toSchema } from './form.ts'
import { type HubState, idleWarnings } from './idle.ts'

/** A connection as one who may change it sees it: its secrets are masked. */
export interface ShownConnection extends Omit<StoredConnection, 'health'> {
  health: ShownHealth
  /** Event types that it subscribes to and that are not registered. */
  unknownTypes: string[]
  /** Why it sends nothing, or less than it seems to. */
  warnings: FieldError[]
}

export interface ShowParts {
  /** Undefined: this version does not have the provider, so its forms are unknown. */
  find(provider: string): Provider | undefined
  secrets: Pick<SecretFields, 'mask'>
  isEventType(key: string): boolean
  hub: HubState
  clock: Clock
}

export type Show = (connection: StoredConnection) => ShownConnection

export const createShow =
  ({ find, secrets, isEventType, hub, clock }: ShowParts): Show =>
  (connection) => {
    const provider = find(connection.provider)
    const unknown = unknownSubscriptions(connection, isEventType).map(({ pointer, message }): FieldError => ({ pointer, message, severity: 'warning' }))
    const known = {
      ...connection,
      health: { ...shownHealth(connection.health, clock()), ...(!connection.enabled && { state: 'off' as const }) },
      unknownTypes: unknownTypesIn(connection, isEventType),
      warnings: [...idleWarnings(connection, provider ?? {}, hub), ...unknown, ...adviceOf(provider, connection)],
    }
    if (provider === undefined) return { ...known, settings: {}, destination: null }
    const destination = connection.destination && shownHosts(toSchema(provider), secrets.mask(toSchema(provider), connection.destination))
    return { ...known, settings: shownHosts(provider.settings, secrets.mask(provider.settings, connection.settings)), destination }
  }

/** What works here and will probably not for others. */
const adviceOf = (provider: Provider | undefined, { settings, destination }: StoredConnection): FieldError[] =>
  provider?.advise?.({ settings, ...(destination && { destination }) }) ?? []

/** Whoever may not change a connection sees of its URLs only the server: a path or a query can be a token. */
export function asSeenBy({ caller }: Asker, shown: ShownConnection): ShownConnection {
  if (hasScope(caller, 'manage')) return shown
  return { ...shown, settings: maskUrlsIn(shown.settings), destination: shown.destination && maskUrlsIn(shown.destination) }
}
