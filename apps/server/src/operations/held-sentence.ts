import { counted, nounFor } from '../domain/counted.ts'
import type { SendingHold } from '../domain/sending-hold.ts'
import { toIso } from '../domain/time.ts'
import type { Dialect } from '../storage/dialects/dialect.ts'
import { waitingForConfirmation } from '../storage/operations/sending-hold.ts'

/** What operators read while sending is held. */
export async function heldSentence(dialect: Pick<Dialect, 'reads'>, { backupAt }: SendingHold): Promise<string> {
  const { count, since } = await waitingForConfirmation(dialect)
  const waiting =
    since === null ? 'none waits' : `${counted(count, 'delivery', 'deliveries')} ${nounFor(count, 'waits', 'wait')}, the oldest since ${toIso(since)}`
  return `restored from a backup of ${toIso(backupAt)}: sending is held until \`carillon restore confirm\`; ${waiting}`
}
