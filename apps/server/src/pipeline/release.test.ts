import { expect, it } from 'vitest'
import { toEntry } from '../catalogue/catalogue.ts'
import { anEvent, anEventType, NOON } from '../domain/testing/samples.ts'
import { MINUTE } from '../domain/time.ts'
import { until } from '../flow/testing/turns.ts'
import type { TimeRule } from '../routing/standing.ts'
import { aChannel, aPlace, aStanding } from '../routing/testing/standing.ts'
import { createRelease, type HeldDelivery, type Released, type ReleaseParts } from './release.ts'
import { createReleasing } from './releasing.ts'

/** Held mails of `p0`, `p1`, … whose time has come; tests say what differs. */
function world(count: number, more: Partial<ReleaseParts> = {}, timeRules: TimeRule[] = []) {
  const held = Array.from(
    { length: count },
    (_, n): HeldDelivery => ({
      id: `dlv_${n}`,
      eventId: 'evt_1',
      recipient: `p${n}`,
      channel: 'email',
      destinationId: `dst_p${n}`,
      heldFor: 'quiet_hours',
      heldUntil: NOON,
      provider: null,
    }),
  )
  const written: Released[] = []
  const errors: unknown[] = []
  const entry = toEntry(anEventType())
  const release = createRelease({
    catalogue: { find: () => entry, entry: () => entry, all: () => [entry.eventType], replace: () => {} },
    hub: () => ({ channels: [aChannel()], logOnly: false, shared: [], timeRules, connectionFor: () => 'con_email' }),
    releaseOn: () => 'con_email',
    releasing: (run) =>
      run({
        due: async (limit) => held.splice(0, limit),
        unconnected: async () => [],
        events: async () => new Map([['evt_1', anEvent({ id: 'evt_1' })]]),
        standings: async (recipients) => {
          const all = recipients.map((id) => aStanding({ recipient: id, places: new Map([['email', [aPlace({ id: `dst_${id}`, addressHash: id })]]]) }))
          return () => new Map(all.map((one) => [one.recipient, one]))
        },
        write: async (released) => void written.push(...released),
      }),
    expire: async () => 0,
    adoptOrphans: async () => {},
    nextHeld: async () => null,
    stopping: () => false,
    failed: (_what, error) => errors.push(error),
    clock: () => NOON,
    ...more,
  })
  return { release, written, errors }
}

it('leaves the event loop free between two chunks', async () => {
  const { release, written } = world(1000)
  const seen: number[] = []
  let ended = false
  const look = () => {
    seen.push(written.length)
    if (!ended) setImmediate(look)
  }
  setImmediate(look)
  expect(await release.due()).toBe(true)
  ended = true
  expect([...new Set(seen)]).toEqual(expect.arrayContaining([250, 500, 750]))
})

it('releases no further chunk while the hub stops', async () => {
  const { release, written } = world(1000, { stopping: () => true })
  await release.due()
  expect(written).toHaveLength(250)
})

it('puts off one delivery that cannot be decided, and releases the others', async () => {
  const broken: TimeRule = {
    reason: 'quiet_hours',
    moments: ['release'],
    until(standing) {
      if (standing.recipient === 'p1') throw new RangeError('no such time zone')
      return null
    },
  }
  const { release, written, errors } = world(3, {}, [broken])
  await release.due()
  expect(written.map(({ to }) => to)).toEqual(['queued', 'held', 'queued'])
  expect(written[1]).toMatchObject({ heldFor: 'quiet_hours', heldUntil: NOON + MINUTE, decision: null })
  expect(errors).toHaveLength(1)
})

it('looks again for a new connection after a look that failed', async () => {
  let looks = 0
  let failures = 0
  const releasing = createReleasing(
    {
      due: async () => false,
      unconnected: async () => {
        if (++looks === 1) throw new Error('no database')
        return true
      },
      nextHeld: async () => null,
    },
    { clock: () => NOON, failed: () => void failures++ },
    () => {},
  )
  releasing.wakeAll()
  await until(() => failures === 1)
  releasing.wake()
  await until(() => looks === 2)
  await releasing.stop()
})
