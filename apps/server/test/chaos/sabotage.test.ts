import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { engines } from '../setup/engines.ts'
import { round } from './round.ts'
import { buildTown, type Town } from './town.ts'

// A check that never fails proves nothing: here the hub breaks its promise on purpose, and the same round has to detect it.
describe.each(engines)('chaos rig detects a hub that (%s)', (engine) => {
  let town: Town
  beforeAll(async () => {
    town = await buildTown(engine, 30)
  })
  afterAll(() => town.close())
  const broken = (sabotage: string) =>
    round({ town, reports: [] }, { fault: `${sabotage}=on,ingest.after_commit_before_ack@12=kill`, killAfter: null, crowd: false })

  it('responds with 202 before the commit', async () => {
    expect(await broken('ack_before_commit')).toContainEqual(expect.stringContaining('was acknowledged and is not there'))
  })

  it('hands deliveries over, and responds, before the commit', async () => {
    const death = { fault: 'hand_over_before_commit=on', killAfter: 60, crowd: false }
    expect(await round({ town, reports: [] }, death)).toContainEqual(expect.stringContaining('was acknowledged and is not there'))
  })

  it('queues the work after the commit', async () => {
    expect(await broken('enqueue_after_commit')).toContainEqual(expect.stringMatching(/is there, but accepted$/))
  })
})
