import { nodesRunning } from '../queue/waiting-tasks.ts'
import type { Dialect } from '../storage/dialects/dialect.ts'
import { isServed } from '../storage/dialects/sqlite-lock.ts'
import { sqliteFile } from '../storage/open.ts'
import { type KeysOfNode, keysAtStart } from '../storage/security/keys-at-start.ts'

/** The keys with which the hubs have started that run on this database now, in any process. For commands that do not lock it themselves. */
export async function keysOfRunningHubs(dialect: Dialect, databaseUrl: string): Promise<KeysOfNode[]> {
  const noted = await keysAtStart(dialect)
  if (databaseUrl.startsWith('sqlite:')) return isServed(sqliteFile(databaseUrl)) ? noted : []
  const nodes = await nodesRunning(dialect)
  return noted.filter(({ node }) => nodes.includes(node))
}
