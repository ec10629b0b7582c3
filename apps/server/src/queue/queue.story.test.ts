import { engines, openTestStore } from '../../test/setup/engines.ts'
import { HOUR } from '../domain/time.ts'
import type { Dialect } from '../storage/dialects/dialect.ts'
import { openDialect } from '../storage/open.ts'
import type { Trx } from '../storage/schema.ts'
import { describeKinds } from './describe-kinds.ts'
import { describeQueue } from './describe-queue.ts'
import { describeWaking } from './describe-waking.ts'
import { openQueue } from './open.ts'
import type { Queue } from './queue.ts'
import { LEASE, type QueueRig } from './testing/rig.ts'

for (const engine of engines) {
  const open = async (): Promise<QueueRig> => {
    const store = await openTestStore(engine)
    const nodes = new Map<Queue<Trx>, Dialect>()
    return {
      async node(clock, kinds, fallbackMs = HOUR) {
        const dialect = await openDialect(store.url)
        const queue = openQueue(dialect, { kinds, clock, leaseMs: LEASE, fallbackMs })
        await queue.start()
        nodes.set(queue, dialect)
        return queue
      },
      // Its connections end, as they do when the process dies. Its claims stay in the tables.
      async kill(queue) {
        await queue.stop()
        await nodes.get(queue)?.close()
        nodes.delete(queue)
      },
      transaction(run) {
        const live = [...nodes.values()].at(-1) ?? store.dialect
        return live.db.transaction().execute(run)
      },
      async close() {
        for (const [queue, dialect] of nodes) {
          await queue.stop()
          await dialect.close()
        }
        await store.close()
      },
    }
  }
  describeQueue(engine, open)
  describeWaking(engine, open)
  describeKinds(engine, open)
}
