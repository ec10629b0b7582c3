import { readFile } from 'node:fs/promises'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { MINUTE } from '../../src/domain/time.ts'
import { engines } from '../setup/engines.ts'
import { openWorld, type World } from './world.ts'

/** The rule of docs/operations.md as it stands there: `max(<metric>) > <threshold>`. */
async function lateRule(): Promise<{ metric: string; threshold: number }> {
  const page = await readFile(new URL('../../../../docs/operations.md', import.meta.url), 'utf8')
  const { metric = '', threshold = '' } = /alert: CarillonLate\s+expr: max\((?<metric>\w+)\) > (?<threshold>\d+)/.exec(page)?.groups ?? {}
  return { metric, threshold: Number(threshold) }
}

describe.each(engines)('the alert of docs/operations.md when no worker runs (%s)', (engine) => {
  let world: World
  beforeAll(async () => {
    world = await openWorld(engine, { env: { CARILLON_ROLE: 'api' } })
  })
  afterAll(() => world.stop())

  const highest = async (metric: string) => {
    const text = await world.client().health.metrics()
    return Math.max(...[...text.matchAll(new RegExp(`^${metric}\\{.*\\} (\\S+)$`, 'gm'))].map(([, value]) => Number(value)))
  }
  it('fires for an event that nobody decides, and not for one that is to be sent later', async () => {
    const { metric, threshold } = await lateRule()
    expect(metric).toBe('carillon_queue_oldest_age_seconds')
    await world.client().events.notify({ to: ['ada'], title: 'Later', body: '', sendAt: new Date(world.clock.now() + 60 * MINUTE).toISOString() })
    world.clock.advance(3 * MINUTE)
    expect(await highest(metric)).toBe(0)
    await world.client().events.notify({ to: ['ada'], title: 'Now', body: '' })
    expect(await highest(metric)).toBeLessThan(threshold)
    world.clock.advance(3 * MINUTE)
    expect(await highest(metric)).toBeGreaterThan(threshold)
  })
})
