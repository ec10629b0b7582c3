import type { NewConnection } from '../../domain/connection.ts'
import type { SecretFields } from '../../domain/secret-fields.ts'
import { aConnection } from '../../domain/testing/samples.ts'
import type { Clock } from '../../domain/time.ts'
import { type ConnectionStore, createConnectionStore } from '../connections/connections.ts'
import type { Dialect } from '../dialects/dialect.ts'

const inClear: SecretFields = { seal: (_, value) => value, open: (_, value) => value, mask: (_, value) => value, keep: (_, incoming) => incoming }

/** The connections of a store; their secrets are not sealed. */
export const plainConnections = (dialect: Dialect, clock: Clock): ConnectionStore =>
  createConnectionStore(dialect, inClear, () => ({ settings: {}, destination: {} }), clock)

/** The sample connection, as it would be saved by this name. */
export function aNewConnection(name: string): NewConnection {
  const { id: _id, updatedAt: _updatedAt, ...given } = aConnection({ name })
  return given
}
