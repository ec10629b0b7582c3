import { describe, expect, it } from 'vitest'
import { createCatalogue } from '../catalogue/catalogue.ts'
import type { Event } from '../domain/event.ts'
import { anEvent, anEventType, NOON } from '../domain/testing/samples.ts'
import { HOUR, MINUTE } from '../domain/time.ts'
import type { Standing, TimeRule } from '../routing/standing.ts'
import { aChannel, aPlace, aStanding } from '../routing/testing/standing.ts'
import type { HubNow } from './plan.ts'
import { createRelease, type HeldDelivery, type Released, type ReleaseParts } from './release.ts'

const CHUNK = 250
const held = (id: string, more: Partial<HeldDelivery> = {}): HeldDelivery => ({
  ...{ id, eventId: 'evt_1', recipient: 'ada', channel: 'email', destinationId: 'dst_ada', heldFor: 'quiet_hours', heldUntil: NOON, provider: null },
  ...more,
})
const numbered = (count: number, more: Partial<HeldDelivery> = {}) =>
  Array.from({ length: count }, (_, i) => held(`dlv_${String(i).padStart(6, '0')}`, { ...more }))

/** A release over rows in memory: what is written leaves the rows, except what is held again. */
function releaseOf(
  rows: HeldDelivery[],
  more: Partial<ReleaseParts> & { standing?: Partial<Standing>; event?: Partial<Event>; hub?: () => HubNow; expired?: number } = {},
) {
  const { standing, event, expired = 0, ...parts } = more
  const written: Released[] = []
  const asked: [channel: string, provider: string | undefined][] = []
  const seen = { chunks: [] as number[], channels: [] as string[], adopted: 0 }
  let left = rows
  let toExpire = expired
  const catalogue = createCatalogue()
  catalogue.replace([anEventType()])
  const hub = (): HubNow => ({ channels: [aChannel()], logOnly: false, shared: [], timeRules: [], connectionFor: () => 'con_mail' })
  const release = createRelease({
    catalogue,
    hub,
    clock: () => NOON,
    releaseOn: (channel, provider) => {
      asked.push([channel, provider])
      return 'con_mail'
    },
    releasing: (run) =>
      run({
        due: async (limit) => left.slice(0, limit),
        async unconnected(channel, after, limit) {
          seen.channels.push(channel)
          return left.filter((one) => one.channel === channel && one.id > after).slice(0, limit)
        },
        events: async (ids) => new Map(ids.filter((id) => id !== 'evt_gone').map((id) => [id, anEvent({ id, ...event })])),
        standings: async (recipients) => () => new Map(recipients.map((recipient) => [recipient, aStanding({ recipient, ...standing })])),
        async write(released) {
          seen.chunks.push(released.length)
          written.push(...released)
          const ids = new Set(released.map(({ delivery }) => delivery.id))
          left = left.filter(({ id }) => !ids.has(id))
        },
      }),
    async expire(limit) {
      const count = Math.min(limit, toExpire)
      toExpire -= count
      return count
    },
    adoptOrphans: async () => void seen.adopted++,
    nextHeld: async () => null,
    stopping: () => false,
    failed: (_what, error) => expect.unreachable(String(error)),
    ...parts,
  })
  return { release, written, asked, seen, toExpire: () => toExpire }
}

const dueTimes = (written: readonly Released[]) => written.map((one) => (one.to === 'queued' ? one.dueAt - NOON : null))

describe('deliveries whose hold ends', () => {
  it('are queued on a connection, with a line in the trace', async () => {
    const { release, written } = releaseOf([held('dlv_1')])
    expect(await release.due()).toBe(true)
    expect(written).toMatchObject([
      {
        to: 'queued',
        connectionId: 'con_mail',
        dueAt: NOON,
        decision: { decision: 'deliver', reason: 'routed', detail: expect.stringContaining('held for quiet_hours until') },
      },
    ])
  })

  it('are released to the last one, in chunks', async () => {
    const { release, seen } = releaseOf(numbered(2 * CHUNK + 1))
    await release.due()
    expect(seen.chunks).toEqual([CHUNK, CHUNK, 1])
  })

  it('start 20 ms apart on each channel, within 10 minutes', async () => {
    const many = numbered((10 * MINUTE) / 20 + 2)
    const other = held('dlv_z', { channel: 'webhook' })
    const { release, written } = releaseOf([other, ...many])
    await release.due()
    const [first, ...times] = dueTimes(written)
    expect(first, 'another channel counts by itself').toBe(0)
    expect(times.slice(0, 3)).toEqual([0, 20, 40])
    expect(times.slice(-3)).toEqual([10 * MINUTE - 20, 0, 20])
  })

  it('expire first when their event has, however many there are', async () => {
    const { release, toExpire } = releaseOf([], { expired: 2 * CHUNK + 1 })
    await release.due()
    expect(toExpire()).toBe(0)
  })

  it('are queued on a connection of their device’s provider', async () => {
    const phone = aPlace({ id: 'dev_1', label: 'dev_1', provider: 'fcm' })
    const { release, asked } = releaseOf([held('dlv_1', { channel: 'mobile_push', destinationId: 'dev_1' })], {
      standing: { places: new Map([['mobile_push', [phone]]]) },
      hub: () => ({ channels: [aChannel({ name: 'mobile_push', providers: ['fcm'] })], logOnly: false, shared: [], timeRules: [], connectionFor: () => '' }),
    })
    await release.due()
    expect(asked).toEqual([['mobile_push', 'fcm']])
  })

  it('wait for a connection when there is none', async () => {
    const { release, written } = releaseOf([held('dlv_1')], { releaseOn: () => null })
    expect(await release.due()).toBe(false)
    expect(written).toMatchObject([{ to: 'held', heldFor: 'no_connection', heldUntil: null }])
  })

  it('are held again for the reason of the rule that holds them now', async () => {
    const rule: TimeRule = { reason: 'digest', moments: ['release'], until: () => NOON + HOUR }
    const { release, written } = releaseOf([held('dlv_1')], {
      hub: () => ({ channels: [aChannel()], logOnly: false, shared: [], timeRules: [rule], connectionFor: () => '' }),
    })
    await release.due()
    expect(written).toMatchObject([{ to: 'held', heldFor: 'digest', heldUntil: NOON + HOUR, decision: { decision: 'hold', reason: 'digest' } }])
  })

  it('are suppressed when they are for one place and that was replaced meanwhile', async () => {
    const standing = { places: new Map([['email', [aPlace({ id: 'dst_new' })]]]) }
    const [follows, stays] = [releaseOf([held('dlv_1')], { standing }), releaseOf([held('dlv_1')], { standing, event: { place: 'dst_ada' } })]
    await follows.release.due()
    await stays.release.due()
    expect(follows.written).toMatchObject([{ to: 'queued' }])
    expect(stays.written).toMatchObject([{ to: 'suppressed', reason: 'destination_gone' }])
  })

  it('are suppressed when they are no longer wanted, or when their event is gone', async () => {
    const off = releaseOf([held('dlv_1')], { standing: { preferences: { channels: { email: false } } } })
    await off.release.due()
    expect(off.written).toMatchObject([{ to: 'suppressed', reason: 'channel_off' }])
    const gone = releaseOf([held('dlv_1', { eventId: 'evt_gone' })])
    await gone.release.due()
    expect(gone.written).toMatchObject([{ to: 'suppressed', reason: 'event_gone', decision: null }])
  })
})

describe('deliveries that wait for a connection', () => {
  const waiting = { heldFor: 'no_connection', heldUntil: null } as const

  it('are looked at to the last one, also behind those that wait on', async () => {
    const rows = [...numbered(CHUNK, { ...waiting, provider: 'apns' }), held('dlv_z', { ...waiting, provider: 'fcm' })]
    const { release, written, seen } = releaseOf(rows, { releaseOn: (_channel, provider) => (provider === 'fcm' ? 'con_fcm' : null) })
    expect(await release.unconnected()).toBe(true)
    expect(written).toMatchObject([{ delivery: { id: 'dlv_z' }, to: 'queued', connectionId: 'con_fcm', decision: null }])
    expect(seen.adopted).toBe(1)
  })

  it('are looked at only on channels that have a connection: the log of a hub without any would end them', async () => {
    const channels = [aChannel({ connected: false }), aChannel({ name: 'webhook' })]
    for (const logOnly of [false, true]) {
      const some = releaseOf([], { hub: () => ({ channels, logOnly, shared: [], timeRules: [], connectionFor: () => '' }) })
      await some.release.unconnected()
      expect(some.seen.channels).toEqual(['webhook'])
    }
  })
})
