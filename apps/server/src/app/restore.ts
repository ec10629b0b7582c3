import type { Config } from '../config.ts'
import { type Clock, toIso } from '../domain/time.ts'
import { openQueue } from '../queue/open.ts'
import { nodesRunning } from '../queue/waiting-tasks.ts'
import { audit } from '../storage/audit.ts'
import { BrokenBackup, type Counts, type Head } from '../storage/backup/format.ts'
import { filledTables, insertBackup } from '../storage/backup/insert.ts'
import { checkBackup, readBatches, readHead } from '../storage/backup/read-file.ts'
import type { Dialect } from '../storage/dialects/dialect.ts'
import { inTransaction } from '../storage/in-transaction.ts'
import { migrate, pendingMigrations } from '../storage/migrate.ts'
import { migrations } from '../storage/migrations/index.ts'
import { openDialect } from '../storage/open.ts'
import { holdSending } from '../storage/operations/sending-hold.ts'
import { checkKeys, givenKeys } from './secret-key.ts'
import { taskKinds } from './task-kinds.ts'

export interface Restored {
  head: Head
  rows: Counts
}

/**
 * Fills an empty database from a backup, on either engine, and holds sending. The whole file and the secret key are checked before anything is
 * written. All rows come in one transaction, so an interrupted restore leaves an empty database and can be repeated.
 */
export async function restore(config: Config, path: string, clock: Clock): Promise<Restored> {
  const head = await readHead(path)
  refuseNewer(head)
  checkKeys(config, await givenKeys(config), head.keyCheck) // without its key every secret in the backup is lost
  const rows = await checkBackup(path)
  const dialect = await openDialect(config.databaseUrl, { lock: true })
  try {
    await dialect.checkDurability()
    await refuseUsed(dialect, head)
    const theirs = migrations.filter(({ name }) => head.migrations.includes(name))
    await migrate(dialect, theirs)
    await fill(dialect, config, path, head, clock)
    await migrate(dialect)
    return { head, rows }
  } finally {
    await dialect.close()
  }
}

async function fill(dialect: Dialect, { leaseMs }: Config, path: string, { takenAt, version, engine }: Head, clock: Clock): Promise<void> {
  const queue = openQueue(dialect, { kinds: taskKinds(dialect), clock, leaseMs })
  await queue.start()
  try {
    // Nobody else uses this database, so its transaction may wait for the file.
    await inTransaction(dialect, async (trx) => {
      await insertBackup(dialect, trx, readBatches(path), queue.enqueue)
      const at = clock()
      await holdSending(trx, { backupAt: takenAt, restoredAt: at })
      await audit(trx, { actor: 'cli', action: 'database.restored', target: 'database', detail: { takenAt: toIso(takenAt), version, engine }, at })
    })
  } finally {
    await queue.stop()
  }
}

function refuseNewer({ migrations: theirs, version }: Head): void {
  const newer = theirs.filter((name) => !migrations.some((one) => one.name === name))
  if (newer.length > 0)
    throw new BrokenBackup(`the backup was made by a newer Carillon (${version}; it has ${newer.join(', ')}): restore it with that version or a later one`)
}

async function refuseUsed(dialect: Dialect, { migrations: theirs }: Head): Promise<void> {
  if ((await nodesRunning(dialect)).length > 0)
    throw new Error('a hub runs on this database: stop every node, or name an empty database in CARILLON_DATABASE_URL')
  const filled = await filledTables(dialect)
  if (filled.length > 0)
    throw new Error(
      `the database is not empty (${filled.slice(0, 3).join(', ')}): a restore never changes existing rows; name an empty one in CARILLON_DATABASE_URL`,
    )
  const pending = await pendingMigrations(dialect)
  const beyond = migrations.filter(({ name }) => !pending.includes(name) && !theirs.includes(name))
  if (beyond.length > 0)
    throw new Error(`the database has a later schema than the backup (${beyond.map(({ name }) => name).join(', ')}): name a new one in CARILLON_DATABASE_URL`)
}
