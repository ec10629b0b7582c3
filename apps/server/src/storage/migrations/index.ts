import type { Kysely } from 'kysely'
import type { Engine } from '../dialects/dialect.ts'
import { up as spine } from './0001-spine.ts'
import { up as devices } from './0002-devices.ts'
import { up as severalPlaces } from './0003-several-places.ts'
import { up as pauses } from './0004-pauses.ts'
import { up as settled } from './0005-settled.ts'
import { up as limits } from './0006-limits.ts'
import { up as places } from './0007-places.ts'
import { up as shortKeys } from './0008-short-keys.ts'
import { up as holds } from './0009-holds.ts'
import { up as loops } from './0010-loops.ts'
import { up as namedBy } from './0011-named-by.ts'
import { up as hops } from './0012-hops.ts'
import { up as openTopics } from './0012-open-topics.ts'
import { up as limitsUsed } from './0013-limits-used.ts'
import { up as troubles } from './0014-troubles.ts'
import { up as epochs } from './0015-epochs.ts'
import { up as oneCodePerPlace } from './0016-one-code-per-place.ts'
import { up as listsOfDeliveries } from './0017-lists-of-deliveries.ts'
import { up as alikeRefusals } from './0018-alike-refusals.ts'
import { up as reporters } from './0019-reporters.ts'
import { up as oneWorkTable } from './0020-one-work-table.ts'
import { up as keys } from './0021-keys.ts'

export interface Migration {
  /** Never changed once released: it is how a database remembers. */
  name: string
  up: (db: Kysely<never>, engine: Engine) => Promise<void>
  /** It concerns tasks alone. A backup holds no table of them, so a restore applies it before it enqueues the tasks of an older backup. */
  ofTasks?: true
}

/** In the order in which they run; new ones are added at the end. */
export const migrations: readonly Migration[] = [
  { name: '0001-spine', up: spine },
  { name: '0002-devices', up: devices },
  { name: '0003-several-places', up: severalPlaces },
  { name: '0004-pauses', up: pauses },
  { name: '0005-settled', up: settled },
  { name: '0006-limits', up: limits },
  { name: '0007-places', up: places },
  { name: '0008-short-keys', up: shortKeys },
  { name: '0009-holds', up: holds },
  { name: '0010-loops', up: loops },
  { name: '0011-named-by', up: namedBy },
  { name: '0012-hops', up: hops },
  { name: '0012-open-topics', up: openTopics },
  { name: '0013-limits-used', up: limitsUsed },
  { name: '0014-troubles', up: troubles },
  { name: '0015-epochs', up: epochs },
  { name: '0016-one-code-per-place', up: oneCodePerPlace },
  { name: '0017-lists-of-deliveries', up: listsOfDeliveries },
  { name: '0018-alike-refusals', up: alikeRefusals },
  { name: '0019-reporters', up: reporters },
  { name: '0020-one-work-table', up: oneWorkTable, ofTasks: true },
  { name: '0021-keys', up: keys },
]
