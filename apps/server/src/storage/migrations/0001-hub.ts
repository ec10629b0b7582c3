import { type Kysely, sql } from 'kysely'
import type { Engine } from '../dialects/dialect.ts'
import { eventKeyTables } from './0001/event-keys.ts'
import { hubTables } from './0001/hub.ts'
import { peopleTables } from './0001/people.ts'
import { pipelineTables } from './0001/pipeline.ts'
import { wordsOf } from './0001/words.ts'

/** Every table. One text for both engines; `words` says what they call differently. */
export async function up(db: Kysely<never>, engine: Engine): Promise<void> {
  const words = wordsOf(engine)
  // From `numbers` come those of events and notifications, and of the changes of notifications (`dialect.numbers`). `event_keys`: the rows up to this
  // one are in the index of the keys.
  const numbers =
    engine === 'sqlite'
      ? [
          sql`create table counters (name text primary key, value integer not null) strict, without rowid`,
          sql`insert into counters values ('numbers', 0), ('event_keys', 0)`,
        ]
      : [sql`create sequence numbers`]
  for (const statement of [...hubTables(words), ...peopleTables(words), ...pipelineTables(words), ...eventKeyTables(engine), ...numbers])
    await statement.execute(db)
}
