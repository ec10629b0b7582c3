import { stat } from 'node:fs/promises'
import { join } from 'node:path'
import { type Millis, toIso } from '../domain/time.ts'
import { waitingTasks } from '../queue/waiting-tasks.ts'
import { type Batch, FORMAT, type Head } from '../storage/backup/format.ts'
import { snapshotRows } from '../storage/backup/snapshot.ts'
import { taskBatch } from '../storage/backup/tasks.ts'
import { type Written, writeBackup } from '../storage/backup/write-file.ts'
import type { Dialect } from '../storage/dialects/dialect.ts'
import { inSnapshot } from '../storage/dialects/snapshot.ts'
import { migrations } from '../storage/migrations/index.ts'
import { keyCheck } from '../storage/operations/checkup.ts'
import type { Trx } from '../storage/schema.ts'
import { version } from '../version.ts'

export interface BackupMade extends Written {
  path: string
  takenAt: Millis
}

/**
 * Writes everything that the database held at one moment into one file, while hubs go on working. `dialect` has the schema of this version and
 * is not used by anybody else in this process: its reading transaction waits for the file.
 */
export async function backup(dialect: Dialect, target: string, now: Millis): Promise<BackupMade> {
  const folder = (await stat(target).catch(() => null))?.isDirectory() ?? false
  const path = folder ? join(target, `carillon-${toIso(now).replace(/[-:]|\.\d+/g, '')}.backup`) : target
  const head: Head = {
    carillon: 'backup',
    format: FORMAT,
    version,
    engine: dialect.engine,
    takenAt: now,
    migrations: migrations.map(({ name }) => name),
    keyCheck: await keyCheck(dialect),
  }
  return { path, takenAt: now, ...(await inSnapshot(dialect, (trx) => writeBackup(path, head, everything(trx)))) }
}

async function* everything(trx: Trx): AsyncGenerator<Batch> {
  yield* snapshotRows(trx)
  for await (const tasks of waitingTasks(trx)) yield taskBatch(tasks)
}
