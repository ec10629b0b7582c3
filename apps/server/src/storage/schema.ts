// Every table as Kysely sees it, by area. Columns are text or integer on both engines: times are milliseconds UTC, booleans 0/1, JSON is text.
import type { Kysely, Transaction } from 'kysely'
import type { CatalogueTables } from './schema/catalogue.ts'
import type { ConnectionsTables } from './schema/connections.ts'
import type { InboxTables } from './schema/inbox.ts'
import type { KeysTables } from './schema/keys.ts'
import type { OperationsTables } from './schema/operations.ts'
import type { PeopleTables } from './schema/people.ts'
import type { PipelineTables } from './schema/pipeline.ts'
import type { QueueTables } from './schema/queue.ts'
import type { ScheduleTables } from './schema/schedule.ts'
import type { SecurityTables } from './schema/security.ts'

export type * from './schema/catalogue.ts'
export type * from './schema/connections.ts'
export type * from './schema/inbox.ts'
export type * from './schema/keys.ts'
export type * from './schema/operations.ts'
export type * from './schema/people.ts'
export type * from './schema/pipeline.ts'
export type * from './schema/queue.ts'
export type * from './schema/schedule.ts'
export type * from './schema/security.ts'

export interface Tables
  extends CatalogueTables,
    PipelineTables,
    InboxTables,
    KeysTables,
    PeopleTables,
    ConnectionsTables,
    QueueTables,
    ScheduleTables,
    SecurityTables,
    OperationsTables {}

export type Db = Kysely<Tables>
export type Trx = Transaction<Tables>
