import type { TaskWork } from '../flow/task-loop.ts'
import type { createFanOut } from './fan-out.ts'

/** Events in hand at once; small ones share a transaction. */
const IN_HAND = 100

/** The work on tasks of kind `fan-out`: small events are planned together, a long audience is walked one chunk at a time. */
export const planning = ({ plan, walk, forget }: ReturnType<typeof createFanOut>): TaskWork => ({
  inHand: IN_HAND,
  together: IN_HAND,
  begin: plan,
  step: walk,
  forget,
})
