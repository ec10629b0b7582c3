import type { TaskKinds } from '../domain/task.ts'
import { SECOND } from '../domain/time.ts'
import type { Dialect } from '../storage/dialects/dialect.ts'
import { failEvents } from '../storage/pipeline/failed-events.ts'
import type { Trx } from '../storage/schema.ts'

/** Attempts at a fan-out that throws before it is given up. */
const FAN_OUT_TRIES = 5

/** Every kind of task that this program works on, and how tasks of that kind fail. */
export function taskKinds(dialect: Pick<Dialect, 'bytesOf'>) {
  const fail = failEvents(dialect)
  return {
    'fan-out': {
      retryAt: ({ attempt }, now) => (attempt < FAN_OUT_TRIES ? now + SECOND * 2 ** attempt : null),
      givenUp: fail,
      quarantined: fail,
    },
  } as const satisfies TaskKinds<Trx>
}
