import type { Connection } from '../../domain/connection.ts'
import type { FieldError } from '../../errors.ts'
import type { Provider } from '../../providers/kit/contract.ts'

/** The state of the hub that a connection depends on. */
export interface HubState {
  /** Whether an operator switched this channel off for everybody. */
  isOff(channel: string): boolean
}

type Judged = Pick<Connection, 'personal' | 'events' | 'settings' | 'channel'>

interface Rule {
  pointer: string
  message: string
  holds(connection: Judged, provider: Pick<Provider, 'deviceKeys'>, hub: HubState): boolean
}

/** Connections that can be saved and will send nothing. */
const RULES: readonly Rule[] = [
  {
    pointer: '/events',
    message: 'is empty, so this shared connection will receive nothing; name event types, or {"type": "*"} for all',
    holds: ({ personal, events }) => !personal && events.length === 0,
  },
  {
    pointer: '/settings/publicKey',
    message: 'is missing: no browser can subscribe until the keys are made (POST /v1/connections/:id/actions/generate-vapid)',
    holds: ({ personal, settings }, { deviceKeys }) => personal && deviceKeys?.present(settings) === false,
  },
  {
    pointer: '/enabled',
    message: 'has no effect while the channel is switched off for everybody (PUT /v1/channels/:channel)',
    holds: ({ channel }, _provider, { isOff }) => isOff(channel),
  },
]

/**
 * Warnings about a connection whose form is right and which will nevertheless send nothing. Each is a step on a regular path (a connection is
 * tested before it subscribes), so saving does not insist on `force`. Pure.
 */
export const idleWarnings = (connection: Judged, provider: Pick<Provider, 'deviceKeys'>, hub: HubState): FieldError[] =>
  RULES.flatMap(({ pointer, message, holds }) => (holds(connection, provider, hub) ? [{ pointer, message, severity: 'warning' as const }] : []))
