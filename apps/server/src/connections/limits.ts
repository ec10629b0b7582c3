import type { Connection } from '../domain/connection.ts'
import { CONCURRENCY } from '../domain/limits.ts'
import { SECOND } from '../domain/time.ts'
import type { PipelineParts } from '../pipeline.ts'
import { providerById } from '../providers/index.ts'

type Limited = Pick<Connection, 'provider' | 'settings' | 'personal' | 'limits'>

/** What one connection may have in flight, as the operator says, or else its settings, its vendor, or this house. */
export function limitsOf(connection: Limited | undefined): ReturnType<PipelineParts['limits']> {
  if (connection === undefined) return { concurrency: CONCURRENCY }
  const { settings, limits } = connection
  const concurrency = limits?.concurrency ?? providerById(connection.provider)?.concurrency(settings) ?? CONCURRENCY
  const rate = limits?.rate ? { count: limits.rate.count, perMs: limits.rate.perSeconds * SECOND } : vendorsRate(connection)
  return { concurrency, ...(rate && { rate }) }
}

/** Where everybody has a webhook of their own, the rate is that of one webhook: it must not make people wait for each other. */
function vendorsRate({ provider, personal }: Limited): { count: number; perMs: number } | undefined {
  const { rate, target } = providerById(provider)?.capabilities ?? {}
  return personal && target === 'destination' ? undefined : rate
}
