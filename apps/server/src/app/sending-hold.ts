import type { SendingHold } from '../domain/sending-hold.ts'
import { toIso } from '../domain/time.ts'
import { createLoop, type Loop } from '../flow/loop.ts'
import type { Log } from '../log.ts'

export interface SendingHoldParts {
  read(): Promise<SendingHold | null>
  /** Sending is no longer held. */
  confirmed(): void
  failed(what: string, error: unknown): void
  log: Pick<Log, 'info' | 'warn'>
}

/** Whether this node may send, in memory. */
export interface HoldWatch {
  held(): boolean
  /** To be called before the node begins to work. */
  look(): Promise<void>
  /** Reads it again, while it is held: an operator confirms by a command, in a process of its own, and SQLite carries no notice from there. */
  loop: Loop
}

/** A hold begins only with a restore, on a database without a hub: a node that is free stays free. */
export function createHoldWatch({ read, confirmed, failed, log }: SendingHoldParts): HoldWatch {
  let hold: SendingHold | null = null
  return {
    held: () => hold !== null,
    async look() {
      hold = await read()
      if (hold !== null)
        log.warn(
          { backupAt: toIso(hold.backupAt), restoredAt: toIso(hold.restoredAt) },
          'restored from a backup: events are accepted and planned, and sending is held until `carillon restore confirm`',
        )
    },
    loop: createLoop(
      async () => {
        if (hold === null || (await read()) !== null) return false
        hold = null
        log.info('sending was confirmed after a restore: everything that waits is sent now')
        confirmed()
        return false
      },
      (error) => failed('looking whether sending is held', error),
    ),
  }
}
