import { parseArgs } from 'node:util'
import { restore } from '../app/restore.ts'
import { readConfig } from '../config.ts'
import { counted, nounFor } from '../domain/counted.ts'
import { type Millis, toIso } from '../domain/time.ts'
import { confirmSending, discardBefore, sendingHold, unplannedBefore, waitingForConfirmation } from '../storage/operations/sending-hold.ts'
import { type Command, type Env, type Io, UsageError } from './command.ts'
import { withDatabase } from './database.ts'
import { momentOption, operands } from './options.ts'

export const restoreCommand: Command = {
  help: `carillon restore <file> [--json]
carillon restore confirm [--discard-before <time>] [--json]

Fills an empty database (CARILLON_DATABASE_URL) from a backup, of either engine. The file and the secret key are checked first, and a database
that is not empty is refused. What was sent after the backup was taken would be sent again, so the restored hub sends nothing until \`confirm\`:
it accepts and plans, and its log, health and \`carillon doctor\` say that sending is held.
  confirm                  everything that waits is sent, by a running hub within seconds
  --discard-before <time>  first cancels what is due and belongs to events that were accepted before this time, for example
                           2026-11-29T18:00:00Z: the time of the backup, or of the failure
  --json                   one JSON value on standard output
A file named confirm is given as ./confirm.`,

  async run(args, env, io) {
    const { values, positionals } = parseArgs({
      args: [...args],
      allowPositionals: true,
      options: { 'discard-before': { type: 'string' }, json: { type: 'boolean', default: false } },
    })
    const [file = ''] = operands(positionals, 'the file of the backup')
    const { 'discard-before': before, json } = values
    if (file === 'confirm') return confirm(env, io, before === undefined ? null : momentOption('discard-before', before), json)
    if (before !== undefined) throw new UsageError('--discard-before belongs to `restore confirm`')
    const { head, rows } = await restore(readConfig(env), file, Date.now)
    if (json) io.out(JSON.stringify({ takenAt: toIso(head.takenAt), version: head.version, engine: head.engine, rows }))
    else
      io.out(
        `Restored the backup of ${toIso(head.takenAt)}: ${counted(rows['events'] ?? 0, 'event')}, ${counted(rows['deliveries'] ?? 0, 'delivery', 'deliveries')}.
Sending is held. Start the hub, look at \`carillon doctor\`, then \`carillon restore confirm\`, or \`carillon restore confirm --discard-before ${toIso(head.takenAt)}\`
if what was due at the backup was sent before the failure.`,
      )
    return 0
  },
}

const confirm = (env: Env, io: Io, before: Millis | null, json: boolean): Promise<number> =>
  withDatabase(readConfig(env), async (dialect) => {
    const hold = await sendingHold(dialect)
    if (hold === null) throw new Error('sending is not held on this database: there is nothing to confirm')
    if (before !== null) {
      const unplanned = await unplannedBefore(dialect, before, Date.now())
      if (unplanned > 0)
        throw new Error(
          `${counted(unplanned, 'event')} of before ${toIso(before)} ${nounFor(unplanned, 'has', 'have')} no decisions yet: start the hub, which plans without sending, and confirm then`,
        )
    }
    const discarded = before === null ? 0 : await discardBefore(dialect, before, Date.now)
    const { count } = await waitingForConfirmation(dialect)
    await confirmSending(dialect, { actor: 'cli', requestId: null }, discarded, Date.now())
    if (json) io.out(JSON.stringify({ released: count, discarded }))
    else
      io.out(
        `Sending is free again: ${counted(count, 'delivery', 'deliveries')} ${nounFor(count, 'waits', 'wait')}, and ${discarded} ${nounFor(discarded, 'was', 'were')} discarded.`,
      )
    return 0
  })
