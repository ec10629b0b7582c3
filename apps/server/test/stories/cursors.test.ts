import { randomBytes } from 'node:crypto'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { engines } from '../setup/engines.ts'
import { openWorld, type World } from './world.ts'

interface Operation {
  parameters?: { name: string; in: string }[]
}
interface Page {
  status: number
  body: { items?: unknown[]; nextCursor?: string | null; code?: string; errors?: { pointer: string }[] }
}

describe.each(engines)('cursors of all lists (%s)', (engine) => {
  let world: World
  /** Every list of the API with the values of its path. */
  let lists: string[]
  /** The second page of each list. */
  const cursors = new Map<string, string>()

  async function get(path: string, query: Record<string, string>, user = 'ann'): Promise<Page> {
    // Some lists are a person's own, the others are the hub's: the header suits both.
    const own = /^\/v1\/(inbox|me)\b/.test(path) ? { 'carillon-user': user } : {}
    const answer = await fetch(`${world.address}${path}?${new URLSearchParams(query)}`, { headers: { authorization: `Bearer ${world.rootKey}`, ...own } })
    return { status: answer.status, body: (await answer.json()) as Page['body'] }
  }

  beforeAll(async () => {
    world = await openWorld(engine)
    const hub = world.client()
    await hub.users.putBatch([
      { id: 'ann', email: 'ann@example.com' },
      { id: 'bob', email: 'bob@example.com' },
    ])
    for (const key of ['team', 'shop']) {
      await hub.topics.put(key)
      await hub.topics.subscribe(key, ['ann', 'bob'])
    }
    for (const key of ['a.first', 'b.second']) await hub.eventTypes.put(key, {})
    for (const name of ['one', 'two']) await hub.keys.create({ name, scopes: ['read'] })
    await hub.events.notify({ to: ['ann', 'bob'], title: 'One', body: '' })
    const { id } = await hub.events.notify({ to: ['ann', 'bob'], title: 'Two', body: '' })
    await world.atRest()

    const { paths } = (await (await fetch(`${world.address}/openapi.json`)).json()) as { paths: Record<string, { get?: Operation }> }
    const pages = Object.entries(paths).filter(([, { get }]) => get?.parameters?.some((one) => one.in === 'query' && one.name === 'cursor'))
    lists = pages.map(([path]) => path.replace('/topics/{key}', '/topics/team').replace('/events/{id}', `/events/${id}`))
    for (const list of lists) {
      const { status, body } = await get(list, { limit: '1' })
      expect({ list, status, next: typeof body.nextCursor }, 'give each list two entries above').toEqual({ list, status: 200, next: 'string' })
      cursors.set(list, body.nextCursor!)
    }
  })
  afterAll(() => world.stop())

  it('continue their own list', async () => {
    expect(lists.length).toBeGreaterThanOrEqual(11)
    for (const list of lists) {
      const first = await get(list, { limit: '1' })
      const second = await get(list, { limit: '1', cursor: cursors.get(list)! })
      expect({ list, status: second.status, empty: second.body.items?.length === 0 }).toEqual({ list, status: 200, empty: false })
      expect(second.body.items, list).not.toEqual(first.body.items)
    }
  })

  it('are short', () => {
    for (const [list, cursor] of cursors) expect(cursor.length, list).toBeLessThan(64)
  })

  it('are refused by every other list', async () => {
    const elsewhere = [...lists, '/v1/topics/shop/subscribers']
    for (const list of elsewhere)
      for (const [from, cursor] of cursors) {
        if (from === list) continue
        const { status, body } = await get(list, { cursor })
        expect({ list, from, status, code: body.code, pointer: body.errors?.[0]?.pointer }).toEqual({
          list,
          from,
          status: 422,
          code: 'invalid_field',
          pointer: '/query/cursor',
        })
      }
  })

  it('are refused when they were made up', async () => {
    const encode = (text: string | Buffer) => Buffer.from(text).toString('base64url')
    for (const list of lists) {
      const own = Buffer.from(cursors.get(list)!, 'base64url')
      const wrong = {
        'an older shape': encode(own.subarray(6)),
        'random bytes': encode(randomBytes(24)),
        NUL: encode('ann\0'),
        'NUL behind its own': encode(Buffer.concat([own, Buffer.from('\0')])),
        controls: encode('\u0001\u001b\u202e'),
        'no UTF-8': encode(Buffer.from([0xff, 0xfe, 0xfd, 0xfc, 0xfb, 0xfa, 0xf9, 0xf8])),
        '10 KB': encode(Buffer.alloc(7500, 'x')),
        'no base64url': '***',
        nothing: '',
        'the end missing': cursors.get(list)!.slice(0, -1),
        padding: `${cursors.get(list)!}==`,
      }
      for (const [name, cursor] of Object.entries(wrong)) {
        const { status, body } = await get(list, { cursor })
        expect({ list, name, status, code: body.code, pointer: body.errors?.[0]?.pointer }).toEqual({
          list,
          name,
          status: 422,
          code: 'invalid_field',
          pointer: '/query/cursor',
        })
      }
    }
  })

  it('belong to the filters of their list, and to no page size', async () => {
    const unread = await get('/v1/inbox', { limit: '1', unread: 'true' })
    const cursor = unread.body.nextCursor!
    expect((await get('/v1/inbox', { limit: '2', unread: 'true', cursor })).status).toBe(200)
    expect((await get('/v1/inbox', { limit: '1', cursor })).body.errors?.[0]?.pointer).toBe('/query/cursor')
    const events = await get('/v1/events', { limit: '1', type: 'message', state: 'planned' })
    expect((await get('/v1/events', { state: 'planned', type: 'message', cursor: events.body.nextCursor! })).status, 'in another order').toBe(200)
  })

  it('show nothing of somebody else: the same route of another person takes them as a position', async () => {
    const { status, body } = await get('/v1/inbox', { limit: '5', cursor: cursors.get('/v1/inbox')! }, 'bob')
    expect(status).toBe(200)
    const own = await get('/v1/inbox', { limit: '5' }, 'bob')
    for (const item of body.items ?? []) expect(own.body.items).toContainEqual(item)
  })
})
