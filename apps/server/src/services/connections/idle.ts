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
  /** Saving needs `force`. The other cases are steps on a regular path: they are only told. */
  insist: boolean
  holds(connection: Judged, provider: Pick<Provider, 'deviceKeys'>, hub: HubState): boolean
}

/** Connections that can be saved and will send nothing. */
const RULES: readonly Rule[] = [
  {
    pointer: '/events',
    message: 'is empty, so this shared connection will receive nothing; name event types, or {"type": "*"} for all',
    insist: true,
    holds: ({ personal, events }) => !personal && events.length === 0,
  },
  {
    pointer: '/settings/publicKey',
    message: 'is missing: no browser can subscribe until the keys are made (POST /v1/connections/:id/actions/generate-vapid)',
    insist: false,
    holds: ({ personal, settings }, { deviceKeys }) => personal && deviceKeys?.present(settings) === false,
  },
  {
    pointer: '/enabled',
    message: 'has no effect while the channel is switched off for everybody (PUT /v1/channels/:channel)',
    insist: false,
    holds: ({ channel }, _provider, { isOff }) => isOff(channel),
  },
]

/** Warnings about a connection whose form is right and which will nevertheless send nothing: all, or those that saving insists on. Pure. */
export const idleWarnings = (which: 'all' | 'insist', connection: Judged, provider: Pick<Provider, 'deviceKeys'>, hub: HubState): FieldError[] =>
  RULES.flatMap(({ pointer, message, insist, holds }) =>
    (insist || which === 'all') && holds(connection, provider, hub) ? [{ pointer, message, severity: 'warning' as const }] : [],
  )
