import { describe, expect, it } from 'vitest'
import { engines } from '../setup/engines.ts'
import { openWorld, statesOf, until } from './world.ts'

const TEST = { NODE_ENV: 'test' }

describe('a hub on SQLite', () => {
  it('commits reports and outcomes together, and loses none of either when that commit fails', async () => {
    let shared = 0
    const env = { ...TEST, CARILLON_FAULT: 'committer.before_commit:shared=kill' }
    const world = await openWorld('sqlite', { env, kill: () => void shared++ })
    await world.client('ana').me.putDestination('webhook', { url: `${world.hooks.url}/ana` })
    let sent = 0
    // Outcomes come while others report.
    for (let round = 0; shared === 0; round++) {
      expect(round, 'rounds without a shared commit').toBeLessThan(50)
      await Promise.all(Array.from({ length: 10 }, () => world.client().events.notify({ to: ['ana'], title: `${sent++}`, body: '' })))
    }
    await world.see('all hooks', () => world.hooksAt('/ana').length === sent)
    await world.atRest()
    await world.stop()
  })
})

describe.each(engines)('an outcome that could not be recorded (%s)', (engine) => {
  it('is recorded a second later, and its notice is logged once', async () => {
    const lines: string[] = []
    const env = { ...TEST, CARILLON_FAULT: 'record.before_commit=throw' }
    const world = await openWorld(engine, { env, log: (line) => void lines.push(line) })
    const ana = world.client('ana')
    await ana.me.putDestination('webhook', { url: `${world.hooks.url}/ana` })
    world.hooks.respond(410)
    const { id } = await world.client().events.notify({ to: ['ana'], title: 'Hello', body: '' })
    await until(async () => (await statesOf(world.client(), id))['ana webhook'] === 'failed', 'the outcome')
    await world.atRest()
    expect(lines.filter((line) => line.includes('a destination was switched off'))).toHaveLength(1)
    await world.stop()
  })
})
