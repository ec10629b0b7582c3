import type { Connection } from '../domain/connection.ts'
import { CONCURRENCY } from '../domain/limits.ts'
import { type Millis, SECOND } from '../domain/time.ts'
import type { Provider } from '../providers/kit/contract.ts'

type Limited = Pick<Connection, 'provider' | 'settings' | 'personal' | 'limits'>

/** How much one connection may have in flight, and its rate limit. */
export interface Allowance {
  concurrency: number
  rate?: { count: number; perMs: Millis }
}

/** The first of these that is set: the operator's limit, the connection's settings, its vendor's documentation, the hub's default. */
export function createLimits(providerById: (id: string) => Pick<Provider, 'concurrency' | 'capabilities'> | undefined) {
  /** Where each person has a webhook, the documented rate is that of one webhook. It must not make people wait for each other. */
  function vendorsRate({ provider, personal }: Limited): Allowance['rate'] {
    const { rate, target } = providerById(provider)?.capabilities ?? {}
    return personal && target === 'destination' ? undefined : rate
  }

  return (connection: Limited | undefined): Allowance => {
    if (connection === undefined) return { concurrency: CONCURRENCY }
    const { settings, limits } = connection
    const concurrency = limits?.concurrency ?? providerById(connection.provider)?.concurrency(settings) ?? CONCURRENCY
    const rate = limits?.rate ? { count: limits.rate.count, perMs: limits.rate.perSeconds * SECOND } : vendorsRate(connection)
    return { concurrency, ...(rate && { rate }) }
  }
}
