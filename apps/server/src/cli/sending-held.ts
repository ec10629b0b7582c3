import type { Client, DeliverySummary } from '@carillon/client'
import type { Io } from './command.ts'

/**
 * Says on standard error why deliveries are queued and none goes out: after a restore sending is held until it is confirmed, which no delivery shows
 * by itself. Says nothing otherwise, or when the hub does not answer.
 */
export async function noteHeldSending({ health }: Pick<Client, 'health'>, deliveries: readonly DeliverySummary[], { err }: Pick<Io, 'err'>): Promise<void> {
  if (deliveries.every(({ state }) => state !== 'queued')) return
  const checks = await health.get().then(
    (hub) => hub.checks,
    () => [],
  )
  const held = checks.find(({ name, status }) => name === 'sending' && status !== 'ok')
  if (held !== undefined) err(`Nothing is sent: ${held.detail}`)
}
