import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest'
import { engines, openTestStore, type TestStore } from '../../../test/setup/engines.ts'
import { MINUTE, SECOND } from '../../domain/time.ts'
import { openDialect } from '../../storage/open.ts'
import { type InboxApp, startInbox } from '../testing/inbox-app.ts'
import { type OpenOptions, openRaw, type StreamReader, transports } from './testing/stream-readers.ts'

const soon = { timeout: 10_000, interval: 5 }
const told = (reader: StreamReader) => reader.frames.filter(({ event }) => event === 'notification').map(({ data }) => data.id)
const events = (reader: StreamReader) => reader.frames.map(({ event }) => event)

describe.each(engines)('inbox streams (%s)', (engine) => {
  let store: TestStore
  let node: InboxApp
  beforeAll(async () => {
    store = await openTestStore(engine)
    node = await startInbox(store.dialect)
    await node.addUser('ada')
  })
  afterAll(async () => {
    await node.close()
    await store.close()
    expect(node.errors).toEqual([])
  })

  describe.each(transports)('over $name', (transport) => {
    const open: (() => void)[] = []
    afterEach(async () => {
      for (const stop of open.splice(0)) stop()
      await vi.waitFor(() => expect(node.feed.readers()).toBe(0), soon)
    })
    const user = (id: string) => ({ authorization: `Bearer user:${id}` })
    async function listen(options: Partial<OpenOptions> = {}): Promise<StreamReader> {
      const reader = await transport.open({ port: node.port, ...options })
      open.push(reader.stop)
      return reader
    }
    /** Open, and through its beginning. */
    async function settled(options: Partial<OpenOptions>): Promise<StreamReader> {
      const reader = await listen(options)
      await vi.waitFor(() => expect(events(reader)).toContain('counts'), soon)
      return reader
    }
    const ticketOf = async (id: string) => {
      const answer = await node.app.inject({ method: 'POST', url: '/v1/inbox/tickets', headers: user(id) })
      expect(answer.statusCode).toBe(201)
      return answer.json<{ ticket: string; expiresAt: string }>()
    }

    it('sends hello and the counts, then every change of this inbox and no other', async () => {
      const name = `live-${transport.name}`
      const reader = await settled({ headers: user(name) })
      expect(reader.frames[0]).toMatchObject({ event: 'hello', data: { resumed: false, retryMs: 6000 } })
      expect(reader.frames[1]).toMatchObject({ event: 'counts', data: { total: 0, unread: 0, unseen: 0 } })
      const [id] = await node.entries.add({ user: name, data: { text: 'main is red' } }, { user: 'someone-else' })
      await vi.waitFor(() => expect(reader.frames).toHaveLength(4), soon)
      // The counts are read after the changes, so they may know of a change whose own frame follows.
      const since = (n: number) => reader.frames.slice(n).map(({ data }) => data)
      const added = expect.objectContaining({ id, title: 'build.failed', body: 'main is red', readAt: null })
      expect(since(2)).toEqual(expect.arrayContaining([added, { total: 1, unread: 1, unseen: 1 }]))
      await node.marks.mark(name, [id!], { action: 'read' })
      await vi.waitFor(() => expect(reader.frames).toHaveLength(6), soon)
      const read = expect.objectContaining({ id, readAt: new Date(node.now()).toISOString() })
      expect(since(4)).toEqual(expect.arrayContaining([read, { total: 1, unread: 0, unseen: 0 }]))
      await node.marks.mark(name, [id!], { action: 'delete' })
      await vi.waitFor(() => expect(reader.frames).toHaveLength(8), soon)
      expect(since(6)).toContainEqual({ id, deleted: true })
    })

    it('misses nothing over many reconnects', async () => {
      const name = `cuts-${transport.name}`
      const written: string[] = []
      const seen = new Set<string | undefined>()
      const begun = await settled({ headers: user(name) })
      let last = begun.frames[0]?.id ?? ''
      begun.stop()
      let writing = true
      const writer = (async () => {
        for (let n = 0; n < 60; n++) {
          // A resume repeats the last 10 s: without this, all of them every time.
          node.pass(11 * SECOND)
          written.push(...(await Promise.all([node.entries.add({ user: name }), node.entries.add({ user: name })])).flat())
        }
        writing = false
      })()
      for (let round = 0; writing || seen.size < 120; round++) {
        expect(round).toBeLessThan(200)
        const reader = await listen(withHeaders(transport.resume(last), user(name)))
        const enough = reader.frames.length + 7
        await vi.waitFor(() => expect(reader.frames.length >= enough || (!writing && events(reader).includes('counts'))).toBe(true), soon)
        reader.stop()
        await vi.waitFor(() => expect(node.feed.readers()).toBe(0), soon)
        for (const id of told(reader)) seen.add(id)
        expect(reader.frames[0]).toMatchObject({ event: 'hello', data: { resumed: true } })
        last = reader.frames.at(-1)?.id ?? last
      }
      await writer
      expect([...seen].sort()).toEqual([...written].sort())
    })

    it.runIf(engine === 'postgres')('tells what was committed late, live and after a cut', async () => {
      const name = `late-${transport.name}`
      const watching = await settled({ headers: user(name) })
      const cut = await settled({ headers: user(name) })
      const gate = Promise.withResolvers<void>()
      const started = Promise.withResolvers<string>()
      const slow = store.dialect.db.transaction().execute(async (trx) => {
        const [id] = await node.entries.write(trx, [{ user: name }])
        started.resolve(id!)
        await gate.promise
      })
      const lateId = await started.promise
      const [quickId] = await node.entries.add({ user: name })
      await vi.waitFor(() => expect(told(cut)).toEqual([quickId]), soon)
      const last = cut.frames.at(-1)!.id
      cut.stop()
      gate.resolve()
      await slow
      await vi.waitFor(() => expect(told(watching)).toEqual([quickId, lateId]), soon)
      const back = await settled(withHeaders(transport.resume(last), user(name)))
      expect(told(back)).toContain(lateId)
    })

    it('sends resync instead of too many changes', async () => {
      const name = `flood-${transport.name}`
      const reader = await settled({ headers: user(name) })
      await node.entries.add(...Array.from({ length: 101 }, () => ({ user: name })))
      await vi.waitFor(() => expect(reader.frames.at(-1)).toMatchObject({ event: 'counts', data: { total: 101 } }), soon)
      expect(reader.frames.at(-2)).toMatchObject({ event: 'resync', data: { reason: 'many_changes' } })
      expect(told(reader)).toEqual([])
      expect(reader.closed()).toBe(false)
    })

    it('tells nobody its numbers, and resumes by an id of the same user only', async () => {
      const [name, other] = [`sealed-${transport.name}`, `other-${transport.name}`]
      const reader = await settled({ headers: user(name) })
      for (let n = 0; n < 8; n++) await node.entries.add({ user: other }, { user: name })
      await vi.waitFor(() => expect(told(reader)).toHaveLength(8), soon)
      const ids = [...new Set(reader.frames.map(({ id }) => id))]
      expect(ids.length).toBeGreaterThanOrEqual(8)
      for (const id of ids) expect(id).toMatch(/^[\w-]{22}$/)
      const sorted = ids.toSorted()
      expect([sorted, sorted.toReversed()]).not.toContainEqual(ids)

      const beforeLast = reader.frames.filter(({ event }) => event === 'notification').at(-2)!.id
      const back = await settled(withHeaders(transport.resume(beforeLast), user(name)))
      expect(back.frames[0]).toMatchObject({ id: beforeLast, event: 'hello', data: { resumed: true } })
      expect(told(back)).toContain(told(reader).at(-1))

      // It is lower than the last one of this user.
      const foreign = (await settled({ headers: user(other) })).frames.at(-1)!.id
      const changed = ids[0]!.startsWith('A') ? `B${ids[0]!.slice(1)}` : `A${ids[0]!.slice(1)}`
      // The last two are a number of the sequence, as the hub wrote before, and one above all of it.
      for (const unknown of [foreign, changed, 'made-up', String(await node.reads.last(name)), '999999999']) {
        const lost = await settled(withHeaders(transport.resume(unknown), user(name)))
        expect(lost.frames.slice(0, 2), unknown).toMatchObject([
          { event: 'hello', data: { resumed: false } },
          { event: 'resync', data: { reason: 'unknown_position' } },
        ])
      }
    })

    it('disconnects only a reader that does not read', async () => {
      const name = `slow-${transport.name}`
      const good = await settled({ headers: user(name) })
      const slow = openRaw(transport, { port: node.port, headers: user(name) })
      open.push(slow.stop)
      await vi.waitFor(() => expect(node.feed.readers()).toBe(2), soon)
      slow.pause()
      const text = 'x'.repeat(20_000)
      let n = 0
      for (; n < 2000 && node.feed.readers() === 2; n++) {
        const [id] = await node.entries.add({ user: name, data: { text } })
        await vi.waitFor(() => expect(told(good).at(-1)).toBe(id), { ...soon, interval: 1 })
      }
      expect(node.feed.readers()).toBe(1)
      expect(told(good)).toHaveLength(n)
      expect(good.closed()).toBe(false)
      node.tick(10) // its patience with the last bytes is over
      slow.resume()
      await vi.waitFor(() => expect(slow.closed()).toBe(true), soon)
    })

    it('sends a heartbeat every 25 ticks', async () => {
      const raw = openRaw(transport, { port: node.port, headers: user('beat') })
      open.push(raw.stop)
      await vi.waitFor(() => expect(raw.bytes().includes('counts')).toBe(true), soon)
      expect(raw.bytes().includes(transport.beat)).toBe(false)
      node.tick(25)
      await vi.waitFor(() => expect(raw.bytes().includes(transport.beat)).toBe(true), soon)
      expect(raw.bytes().indexOf(transport.beat)).toBe(raw.bytes().lastIndexOf(transport.beat))
    })

    it('opens with a ticket once, within 60 s, and never with a token in the URL', async () => {
      const { ticket, expiresAt } = await ticketOf('ada')
      expect(Date.parse(expiresAt)).toBe(node.now() + MINUTE)
      const reader = await settled({ query: `?ticket=${ticket}` })
      const [id] = await node.entries.add({ user: 'ada' })
      await vi.waitFor(() => expect(told(reader)).toContain(id), soon)
      const unauthorized = { status: 401, code: 'unauthorized' }
      expect((await listen({ query: `?ticket=${ticket}` })).refused).toEqual(unauthorized)
      expect((await listen({ query: '?ticket=made-up' })).refused).toEqual(unauthorized)
      expect((await listen()).refused).toEqual(unauthorized)
      const late = await ticketOf('ada')
      node.pass(MINUTE)
      expect((await listen({ query: `?ticket=${late.ticket}` })).refused).toEqual(unauthorized)
      for (const query of ['?token=user:ada', '?access_token=x', '?ticket=ck_12345678_secret', '?ticket=eyJhbGciOiJFZERTQSJ9.e30.x'])
        expect((await listen({ query })).refused).toEqual({ status: 400, code: 'invalid_request' })
      expect((await listen({ query: '?colour=red', headers: user('ada') })).refused?.status).toBe(400)
      expect((await listen({ query: '?after=a.b', headers: user('ada') })).refused).toEqual({ status: 422, code: 'invalid_field' })
    })

    it('ends with the token that opened it, also through a ticket', async () => {
      const end = node.now() + 30 * SECOND
      node.endToken('user:ada', end)
      const byHeader = await settled({ headers: user('ada') })
      const byTicket = await settled({ query: `?ticket=${(await ticketOf('ada')).ticket}` })
      node.pass(30 * SECOND - 1)
      node.tick(25)
      await vi.waitFor(() => expect(node.feed.readers()).toBe(2), soon)
      node.pass(1)
      node.tick(25)
      for (const reader of [byHeader, byTicket]) {
        await vi.waitFor(() => expect(reader.closed()).toBe(true), soon)
        expect(reader.frames.at(-1)).toMatchObject({ event: 'resync', data: { reason: 'signed_out' } })
      }
      node.endToken('user:ada', Number.MAX_SAFE_INTEGER)
    })

    const acting = (id: string) => ({ authorization: 'Bearer key:root', 'carillon-user': id })
    const again = async (id: string) => {
      await node.removeUser(id)
      await node.addUser(id, 'another')
    }
    it.each([
      ['is deleted', (id: string) => node.removeUser(id)],
      ['is deleted and made again', again],
      ['is deactivated', (id: string) => node.deactivate(id)],
    ] as const)('ends with the next heartbeat when its user %s, whoever opened it', async (how, end) => {
      const name = `${how}-${transport.name}`.replaceAll(' ', '-')
      await node.addUser(name)
      const readers = [
        await settled({ headers: user(name) }),
        await settled({ query: `?ticket=${(await ticketOf(name)).ticket}` }),
        await settled({ headers: acting(name) }),
      ]
      node.tick(25)
      await vi.waitFor(() => expect(node.feed.readers()).toBe(3), soon)
      await end(name)
      node.tick(25)
      for (const reader of readers) {
        await vi.waitFor(() => expect(reader.closed()).toBe(true), soon)
        expect(reader.frames.at(-1)).toMatchObject({ event: 'resync', data: { reason: 'signed_out' } })
      }
    })

    it('that a key opened for a user who is not there yet goes on when they come, and ends with them', async () => {
      const name = `to-come-${transport.name}`
      const reader = await settled({ headers: acting(name) })
      const beats = async () => {
        node.tick(25)
        const other = await settled({ headers: user('ada') })
        other.stop()
      }
      await beats()
      await node.addUser(name, 'first')
      await beats()
      await beats()
      expect(reader.closed()).toBe(false)
      await again(name)
      node.tick(25)
      await vi.waitFor(() => expect(reader.closed()).toBe(true), soon)
    })

    it.runIf(engine === 'postgres')('hears of changes that another node made', async () => {
      const dialect = await openDialect(store.url)
      const other = await startInbox(dialect)
      try {
        const name = `nodes-${transport.name}`
        const reader = await settled({ headers: user(name) })
        const [id] = await other.entries.add({ user: name })
        await vi.waitFor(() => expect(told(reader)).toEqual([id]), soon)
      } finally {
        await other.close()
        await dialect.close()
      }
    })
  })
})

const withHeaders = (options: { query?: string; headers?: Record<string, string> }, headers: Record<string, string>) => ({
  ...options,
  headers: { ...headers, ...options.headers },
})
