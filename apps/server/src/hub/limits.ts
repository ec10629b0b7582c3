import type { Connection } from '../domain/connection.ts'
import type { PipelineParts } from '../pipeline.ts'
import { providerById } from '../providers/index.ts'

/** Deliveries in flight on one connection whose provider names no limit. */
const CONCURRENCY = 128

/** What one connection may have in flight, as its settings or its provider say. */
export function limitsOf(connection: Pick<Connection, 'provider' | 'settings'> | undefined): ReturnType<PipelineParts['limits']> {
  const provider = connection && providerById(connection.provider)
  const rate = provider?.capabilities.rate
  return { concurrency: (connection && provider?.concurrency(connection.settings)) ?? CONCURRENCY, ...(rate && { rate }) }
}
