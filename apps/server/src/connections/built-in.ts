import type { StoredConnection } from '../domain/connection.ts'
import { DIRECT } from './apprise-urls.ts'
import { LOG_CONNECTION } from './registry.ts'

const always = { priority: 0, health: null, createdAt: 0 }

/** Connections that deliveries name and no operator made. They can be read, not changed, and are in no list. */
const BUILT_IN: readonly StoredConnection[] = [
  { ...DIRECT, ...always },
  { ...DIRECT, ...always, id: LOG_CONNECTION, name: 'Log only: there was no connection', provider: 'log', channel: 'log' },
]

export const builtIn = (id: string): StoredConnection | null => BUILT_IN.find((one) => one.id === id) ?? null
