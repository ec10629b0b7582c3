import type { Engine } from '../../apps/server/src/storage/dialects/dialect.ts'
import { createDatabase, type Database } from './database.ts'
import { startHub } from './hub.ts'
import { setScene } from './scene.ts'

/** Of a node that only takes in, with the log line of each request. */
export const API = { CARILLON_ROLE: 'api', CARILLON_LOG_LEVEL: 'info' }

/** A database that knows the event type of the bench, and nobody. */
export async function acceptingDatabase(engine: Engine): Promise<Database> {
  const database = await createDatabase(engine)
  const hub = await startHub(database, { env: API })
  await setScene(hub)
  await hub.stop()
  return database
}
