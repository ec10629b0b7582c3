import { hubsRunning } from '../queue/waiting-tasks.ts'
import type { Dialect } from '../storage/dialects/dialect.ts'
import { isServed } from '../storage/dialects/sqlite-lock.ts'
import { sqliteFile } from '../storage/open.ts'

/** Whether a hub runs on this database, in any process. For commands that do not lock it themselves. */
export const hubRuns = async (dialect: Dialect, databaseUrl: string): Promise<boolean> =>
  databaseUrl.startsWith('sqlite:') ? isServed(sqliteFile(databaseUrl)) : (await hubsRunning(dialect)) > 0
