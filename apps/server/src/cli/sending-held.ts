import type { Client, DeliverySummary } from '@carillon/client'
import type { Io } from './command.ts'

/**
 * Why the hub sends nothing at all: after a restore sending is held until it is confirmed, which no delivery shows by itself. Null when it sends,
 * when none of these deliveries is queued, and when the hub does not answer.
 */
export async function sendingHeld({ health }: Pick<Client, 'health'>, deliveries: readonly DeliverySummary[]): Promise<string | null> {
  if (deliveries.every(({ state }) => state !== 'queued')) return null
  const checks = await health.get().then(
    (hub) => hub.checks,
    () => [],
  )
  return checks.find(({ name }) => name === 'sending')?.detail ?? null
}

/** Says so on standard error, beside the answer of a command. */
export async function noteHeldSending(hub: Pick<Client, 'health'>, deliveries: readonly DeliverySummary[], { err }: Pick<Io, 'err'>): Promise<void> {
  const held = await sendingHeld(hub, deliveries)
  if (held !== null) err(`Nothing is sent at present: ${held}.`)
}
