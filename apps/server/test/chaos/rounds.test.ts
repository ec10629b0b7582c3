import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { engines } from '../setup/engines.ts'
import { deaths } from './deaths.ts'
import { type Run, round } from './round.ts'
import { buildTown } from './town.ts'

/** `npm run chaos` sets fifty; otherwise there is one at each point. */
const ROUNDS = Number(process.env['CHAOS_ROUNDS'] ?? 0)
const SEED = Number(process.env['CHAOS_SEED'] ?? Date.now() % 1_000_000)

describe.each(engines)('crash rounds (%s)', (engine) => {
  let run: Run
  beforeAll(async () => {
    run = { town: await buildTown(engine), reports: [] }
  })
  afterAll(() => run.town.close())

  it.each(deaths(ROUNDS, SEED, engine))('lose and double nothing: $fault, kill after $killAfter responses, crowd $crowd', async (death) => {
    const wrong = await round(run, death)
    expect(wrong.slice(0, 20), `seed ${SEED}`).toEqual([])
  })
})
