import type { Claimed } from '../../delivery/job.ts'
import { aJob } from '../../delivery/testing/job.ts'
import type { PumpParts } from '../pump-parts.ts'
import { createWorld, pass } from './world.ts'

export type World = ReturnType<typeof createWorld>

/** A pump that has looked at its empty queue once. */
export async function aPump(answers?: Parameters<typeof createWorld>[0], more?: Partial<PumpParts>): Promise<World> {
  const world = createWorld(answers, more)
  world.pump.wake(new Set(['con_mail']))
  await pass(50)
  return world
}

export const reservation = (claimed: Claimed, urgent = false) => ({ ...claimed, urgent })

/** Plans deliveries that are leased where the pump takes them, and hands those over. Returns their ids. */
export function handOver(world: World, prefix: string, count: number, given: Partial<Claimed> = {}): string[] {
  const reserved: Claimed[] = []
  world.plan(prefix, count, given)
  for (let i = 0; i < count; i++) {
    const row = world.rows.get(`${prefix}${i}`)!
    if (!world.pump.reserve(reservation(row.claimed))) continue
    row.state = 'sending'
    row.claimed = { ...row.claimed, attempts: 1 }
    reserved.push(row.claimed)
  }
  world.pump.hand(reserved.map((one) => aJob(one)))
  return reserved.map(({ id }) => id)
}
