import type { InboxFrame } from '@carillon/client'
import { WebSocket } from 'undici'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { engines } from '../setup/engines.ts'
import { openWorld, refusal, until, type World } from './world.ts'

describe.each(engines)('inbox (%s)', (engine) => {
  let world: World
  beforeAll(async () => {
    world = await openWorld(engine)
    const look = {
      default: {
        title: 'Order {{ data.n }}',
        body: 'It is *on its way*.',
        actions: [{ label: 'Track {{ data.n }}', url: 'https://shop.example/{{ data.n }}' }],
      },
    }
    await world.client().eventTypes.put('order.shipped', { category: 'orders', priority: 'high', templates: look })
  })
  afterEach(() => world.atRest())
  afterAll(() => world.stop())

  async function ship(user: string, ...numbers: number[]): Promise<void> {
    await world.client().events.reportBatch(numbers.map((n) => ({ type: 'order.shipped', to: [user], data: { n }, url: `https://shop.example/orders/${n}` })))
    await world.atRest()
  }
  const titles = (items: { title: string }[]) => items.map(({ title }) => title)

  it('lists entries, newest first, with their links', async () => {
    await ship('ana', 1, 2)
    const ana = await world.browser('ana')
    const { items } = await ana.inbox.list()
    expect(titles(items)).toEqual(['Order 2', 'Order 1'])
    expect(items[0]).toMatchObject({
      category: 'orders',
      priority: 'high',
      body: 'It is on its way.',
      url: 'https://shop.example/orders/2',
      actions: [{ label: 'Track 2', url: 'https://shop.example/2' }],
      data: { n: 2 },
    })
    expect(await ana.inbox.counts()).toEqual({ total: 2, unread: 2, unseen: 2 })
  })

  it('marks entries read, unread, archived, snoozed and deleted, and updates the counts', async () => {
    await ship('ben', 1, 2, 3, 4)
    const { inbox } = await world.browser('ben')
    const [d, c, b, a] = (await inbox.list()).items.map(({ id }) => id)
    await inbox.read(a!)
    await inbox.seen(b!)
    expect(await inbox.counts()).toEqual({ total: 4, unread: 3, unseen: 2 })
    await inbox.archive(a!)
    await inbox.delete(b!)
    const later = new Date(world.clock.now() + 1_800_000).toISOString()
    await inbox.snooze(c!, later)
    expect(titles((await inbox.list()).items)).toEqual(['Order 4'])
    expect(titles((await inbox.list({ archived: true })).items)).toEqual(['Order 1'])
    expect(await inbox.counts()).toEqual({ total: 1, unread: 1, unseen: 1 })
    world.clock.advance(1_800_000)
    expect(
      (await inbox.list({ unread: true })).items.map(({ id }) => id),
      'a snooze ends by itself',
    ).toEqual([d, c])
    expect(await refusal(inbox.read(b!))).toMatchObject({ status: 404 })
    expect(await refusal(inbox.snooze(c!, later))).toMatchObject({ status: 422, pointer: '/until' })
  })

  it('changes entries in bulk, all or nothing', async () => {
    await ship('cem', 1, 2, 3)
    const { inbox } = await world.browser('cem')
    const ids = (await inbox.list()).items.map(({ id }) => id)
    expect(await refusal(inbox.bulk({ ids: [...ids, 'ntf_0'], action: 'read' }))).toMatchObject({ pointer: '/ids/3' })
    expect((await inbox.counts()).unread).toBe(3)
    expect((await inbox.bulk({ ids: ids.slice(0, 2), action: 'archive' })).items).toHaveLength(2)
    expect(await inbox.readAll({ category: 'orders' })).toMatchObject({ counts: { total: 1, unread: 0 } })
    expect(await inbox.readAll()).toMatchObject({ updated: 0 })
  })

  it('drops expired entries', async () => {
    const expiresAt = new Date(world.clock.now() + 60_000).toISOString()
    await world.client().events.report({ type: 'order.shipped', to: ['dia'], data: { n: 1 }, expiresAt })
    await world.atRest()
    const { inbox } = await world.browser('dia')
    expect(await inbox.list()).toMatchObject({ items: [{ expiresAt }] })
    world.clock.advance(60_000)
    expect((await inbox.list()).items).toEqual([])
    expect(await inbox.counts()).toEqual({ total: 0, unread: 0, unseen: 0 })
  })

  it('streams new entries, marks made elsewhere and counts; and misses nothing after a reconnect', async () => {
    const browser = await world.browser('eve')
    const listen = (lastEventId?: string) => {
      const frames: InboxFrame[] = []
      const stop = new AbortController()
      const ended = browser.inbox.stream({ signal: stop.signal, onFrame: (frame) => frames.push(frame), ...(lastEventId !== undefined && { lastEventId }) })
      const entryOf = (title: string) => frames.find((frame) => frame.event === 'notification' && 'title' in frame.data && frame.data.title === title)
      const end = () => {
        stop.abort()
        return ended
      }
      return { frames, entryOf, end }
    }
    const first = listen()
    await until(() => first.frames[0]?.event === 'hello', 'hello')
    await ship('eve', 1)
    await until(() => first.entryOf('Order 1') !== undefined, 'the new entry')
    const [entry] = (await browser.inbox.list()).items
    await world.client('eve').inbox.read(entry!.id)
    await until(() => first.frames.some((frame) => frame.event === 'notification' && 'readAt' in frame.data && frame.data.readAt !== null), 'the mark')
    await until(() => first.frames.some((frame) => frame.event === 'counts' && frame.data.total === 1 && frame.data.unread === 0), 'the counts')
    await ship('nobody-else', 9)
    await first.end()
    expect(first.entryOf('Order 9'), 'other people’s entries').toBeUndefined()

    await ship('eve', 2)
    const second = listen(first.frames.at(-1)!.id)
    await until(() => second.entryOf('Order 2') !== undefined, 'the entry created between two streams')
    expect(second.frames[0]).toMatchObject({ event: 'hello', data: { resumed: true } })
    await second.end()
  })

  it('streams the same over a WebSocket, opened with a single-use ticket', async () => {
    const { inbox } = await world.browser('fay')
    const { ticket } = await inbox.ticket()
    const url = `${world.address.replace('http', 'ws')}/v1/inbox/ws?ticket=${ticket}`
    const frames: { event: string; data: { title?: string } }[] = []
    const socket = new WebSocket(url)
    socket.addEventListener('message', ({ data }) => frames.push(JSON.parse(String(data))))
    await until(() => frames[0]?.event === 'hello', 'hello')
    await ship('fay', 5)
    await until(() => frames.some(({ event, data }) => event === 'notification' && data.title === 'Order 5'), 'the new entry')
    socket.close()

    const again = new WebSocket(url)
    const refused = await new Promise<boolean>((resolve) => {
      again.addEventListener('open', () => resolve(false))
      again.addEventListener('error', () => resolve(true))
    })
    expect(refused).toBe(true)
  })
})
