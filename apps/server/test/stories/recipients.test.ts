import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { engines } from '../setup/engines.ts'
import { decisionsOf, openWorld, refusal, statesOf, type World } from './world.ts'

const message = { title: 'News', body: 'Something happened.' }

describe.each(engines)('recipients (%s)', (engine) => {
  let world: World
  beforeAll(async () => {
    world = await openWorld(engine)
  })
  afterEach(() => world.atRest())
  afterAll(() => world.stop())

  it('creates users from events, and stores their profiles', async () => {
    const hub = world.client()
    await hub.events.notify({
      ...message,
      to: [{ user: 'ana', email: 'ana@example.com', name: 'Ana', locale: 'fr-CA', timezone: 'America/Montreal', data: { plan: 'pro' } }],
    })
    await hub.events.notify({ ...message, to: [{ user: 'ana', name: 'Ana Maria' }] })
    await world.atRest()
    expect(await hub.users.get('ana')).toMatchObject({
      email: 'ana@example.com',
      name: 'Ana Maria',
      locale: 'fr-CA',
      timezone: 'America/Montreal',
      data: { plan: 'pro' },
      active: true,
    })
    expect(world.mailsTo('ana@example.com')).toHaveLength(2)
  })

  it('creates all users of a long list, also those in later chunks', async () => {
    const hub = world.client()
    const people = Array.from({ length: 600 }, (_, i) => ({ user: `crowd-${i}`, name: `Number ${i}` }))
    const { id } = await hub.events.notify({ ...message, channels: ['in_app'], to: people })
    await world.atRest()
    expect(new Set(Object.values(await decisionsOf(hub, id)))).toEqual(new Set(['deliver routed', 'skip not_requested']))
    expect(await hub.users.get('crowd-599')).toMatchObject({ name: 'Number 599', active: true })
  })

  it('merges concurrent profiles of a new user', async () => {
    const hub = world.client()
    const { items } = await hub.events.reportBatch([
      { type: 'message', to: [{ user: 'new', email: 'new@example.com' }], data: message },
      { type: 'message', to: [{ user: 'new', name: 'Newcomer' }], data: message },
      { type: 'message', to: ['new'], data: message },
    ])
    expect(items).toHaveLength(3)
    await world.atRest()
    expect(await hub.users.get('new')).toMatchObject({ email: 'new@example.com', name: 'Newcomer' })
    expect(world.mailsTo('new@example.com')).toHaveLength(3)
  })

  it('updates users by route: absent fields stay, null clears, and a new address is used', async () => {
    const hub = world.client()
    await hub.users.put('bob', { email: 'bob@old.example', name: 'Bob', locale: 'de' })
    expect(await hub.users.put('bob', { email: 'bob@new.example', locale: null })).toMatchObject({ email: 'bob@new.example', name: 'Bob', locale: null })
    await hub.events.notify({ ...message, to: ['bob'] })
    await world.atRest()
    expect([world.mailsTo('bob@old.example').length, world.mailsTo('bob@new.example').length]).toEqual([0, 1])
    await hub.users.put('bob', { email: null })
    const { id } = await hub.events.notify({ ...message, to: ['bob'] })
    await world.atRest()
    expect(await decisionsOf(hub, id)).toMatchObject({ 'bob email': 'skip no_destination', 'bob in_app': 'deliver routed' })
  })

  it('skips the actor and inactive users, with a reason', async () => {
    const hub = world.client()
    await hub.users.put('idle', { email: 'idle@example.com', active: false })
    const { id } = await hub.events.notify({ ...message, actor: 'author', to: ['author', 'idle', 'reader'] })
    await world.atRest()
    const decisions = await decisionsOf(hub, id)
    expect(decisions).toMatchObject({ 'author *': 'skip actor_excluded', 'idle *': 'skip user_inactive', 'reader in_app': 'deliver routed' })
    expect(Object.keys(decisions).filter((key) => key.startsWith('author ') || key.startsWith('idle '))).toHaveLength(2)
    expect((await world.client('author').inbox.list()).items).toEqual([])
    expect(world.mailsTo('idle@example.com')).toEqual([])
  })

  it('notifies a mailbox once, however many users and spellings it has', async () => {
    const hub = world.client()
    const { id } = await hub.events.notify({
      ...message,
      to: [
        { user: 'pair-1', email: 'Pair@Example.com' },
        { user: 'pair-2', email: 'Pair@example.com' },
        { email: 'Pair@EXAMPLE.com' },
        { email: 'other@example.com' },
        { email: 'other@example.com' },
        'pair-1',
      ],
    })
    await world.atRest()
    const decisions = await decisionsOf(hub, id)
    expect(decisions).toMatchObject({
      'pair-1 email': 'deliver routed',
      'pair-2 email': 'skip duplicate',
      'pair-1 in_app': 'deliver routed',
      'pair-2 in_app': 'deliver routed',
    })
    expect(
      Object.entries(decisions)
        .filter(([who]) => who.startsWith('adr_'))
        .map(([, said]) => said)
        .sort(),
    ).toEqual(['deliver routed', 'skip duplicate'])
    expect(world.mail.mails.filter(({ to }) => to[0]!.toLowerCase() === 'pair@example.com')).toHaveLength(1)
    expect(world.mailsTo('other@example.com')).toHaveLength(1)
    expect((await world.client('pair-1').inbox.list()).items).toHaveLength(1)
  })

  it('expands a topic: its users, its bare addresses, and users who joined themselves', async () => {
    const hub = world.client()
    await hub.topics.put('team', { name: 'The team' })
    expect(await hub.topics.subscribe('team', ['t-1', { user: 't-2', email: 't2@example.com' }, { email: 'guest@example.com', name: 'Guest' }])).toEqual({
      added: 3,
      removed: 0,
    })
    expect(await hub.topics.subscribe('team', ['t-1'])).toEqual({ added: 0, removed: 0 })
    await world.client('t-3').me.subscribe('team')
    await hub.topics.unsubscribe('team', ['t-1'])
    const { id } = await hub.events.notify({ ...message, to: [{ topic: 'team' }] })
    await world.atRest()
    expect((await hub.events.get(id)).notifications.map(({ user }) => user)).toEqual(['t-2', 't-3'])
    expect([world.mailsTo('t2@example.com').length, world.mailsTo('guest@example.com').length]).toEqual([1, 1])
    expect((await world.client('t-3').me.topics()).items).toMatchObject([{ key: 'team', name: 'The team' }])
    expect(await refusal(hub.events.notify({ ...message, to: ['t-1', { topic: 'nowhere' }] }))).toEqual({
      status: 422,
      code: 'unknown_topic',
      pointer: '/to/1/topic',
    })
  })

  it('expands a topic of a thousand in chunks: everyone once, also users named in addition', async () => {
    const hub = world.client()
    const people = Array.from({ length: 1000 }, (_, i) => ({
      user: `k-${String(i).padStart(4, '0')}`,
      ...(i % 50 === 0 ? { email: `k${i % 500}@example.com` } : {}),
    }))
    await hub.topics.put('thousand')
    await hub.topics.subscribe('thousand', people)
    await hub.topics.subscribe('thousand', [{ email: 'k0@example.com' }, { email: 'k-extern@example.com' }])
    const mailsBefore = world.mail.mails.length
    const { id } = await hub.events.notify({ ...message, actor: 'k-0007', to: [{ topic: 'thousand' }, 'k-0500', 'k-outside'] })
    await world.atRest()

    const decisions = await decisionsOf(hub, id)
    const inApp = Object.entries(decisions).filter(([who]) => who.endsWith(' in_app'))
    expect(inApp).toHaveLength(1000)
    expect(new Set(inApp.map(([, said]) => said))).toEqual(new Set(['deliver routed']))
    expect(decisions['k-0007 *']).toBe('skip actor_excluded')
    expect(decisions['k-outside in_app']).toBe('deliver routed')

    const states = Object.values(await statesOf(hub, id))
    expect(states).toEqual(Array.from({ length: 11 }, () => 'sent'))
    expect(Object.values(decisions).filter((said) => said === 'skip duplicate')).toHaveLength(10)
    expect(
      world.mail.mails
        .slice(mailsBefore)
        .map(({ to }) => to[0])
        .sort(),
    ).toEqual([...Array.from({ length: 10 }, (_, i) => `k${i * 50}@example.com`), 'k-extern@example.com'].sort())
  })

  it('replaces a bare address that is a user’s own confirmed one by that user: one person, one mail, one reason', async () => {
    const hub = world.client()
    await hub.users.put('owner', { email: 'owner@example.com' })
    await hub.topics.put('owners')
    await hub.topics.subscribe('owners', [{ email: 'Owner@Example.com' }, { email: 'other-owner@example.com' }])
    const first = await hub.events.notify({ ...message, to: [{ topic: 'owners' }] })
    await world.atRest()
    expect(await decisionsOf(hub, first.id)).toMatchObject({ 'owner in_app': 'deliver routed', 'owner email': 'deliver routed' })
    expect(await statesOf(hub, first.id)).toMatchObject({ 'owner email': 'sent' })
    expect(world.mailsTo('owner@example.com')).toHaveLength(1)
    expect((await world.client('owner').inbox.list()).items).toHaveLength(1)

    // The user's own switch applies, whichever list contains the address.
    await world.client('owner').me.putRouting({ routes: { message: { email: false } } })
    await hub.topics.subscribe('owners', ['owner'])
    const report = { type: 'message', to: [{ topic: 'owners' }, { email: 'owner@example.com' }, 'owner'], data: message }
    const foretold = (await hub.events.explain(report)).items.filter(({ user, channel }) => user === 'owner' && channel === 'email')
    expect(foretold).toMatchObject([{ decision: 'skip', reason: 'route_off' }])
    const second = await hub.events.report(report)
    await world.atRest()
    const decisions = await decisionsOf(hub, second.id)
    expect(decisions['owner email']).toBe('skip route_off')
    expect(Object.keys(decisions).filter((who) => who.startsWith('adr_'))).toHaveLength(1)
    expect(world.mailsTo('owner@example.com')).toHaveLength(1)
    expect((await world.client('owner').inbox.list()).items).toHaveLength(2)
  })

  it('does not replace an unconfirmed address by its user, nor an address by the actor', async () => {
    const hub = world.client()
    const typed = await world.browser('typist')
    await typed.me.putDestination('email', { address: 'typed@example.com' })
    const { id } = await hub.events.notify({ ...message, to: [{ email: 'typed@example.com' }] })
    await hub.users.put('actor', { email: 'actor@example.com' })
    const own = await hub.events.notify({ ...message, actor: 'actor', to: [{ email: 'actor@example.com' }] })
    await world.atRest()
    expect(Object.entries(await decisionsOf(hub, id)).map(([who, said]) => [who.slice(0, 4), said])).toEqual([['adr_', 'deliver routed']])
    expect(await decisionsOf(hub, own.id)).toEqual({ 'actor *': 'skip actor_excluded' })
  })

  it('notifies a user once by a long topic that lists them and their address', async () => {
    const hub = world.client()
    const people = Array.from({ length: 300 }, (_, i) => ({ user: `z-${String(i).padStart(4, '0')}`, email: `z${i}@example.com` }))
    await hub.topics.put('long')
    await hub.topics.subscribe('long', people)
    await hub.topics.subscribe('long', [{ email: 'z299@example.com' }, { email: 'z3@example.com' }])
    const { id } = await hub.events.notify({ ...message, to: [{ topic: 'long' }] })
    await world.atRest()
    const decisions = await decisionsOf(hub, id)
    expect(Object.keys(decisions).filter((who) => who.endsWith(' email'))).toHaveLength(300)
    expect(Object.values(decisions)).not.toContain('skip duplicate')
    expect([world.mailsTo('z299@example.com').length, world.mailsTo('z3@example.com').length]).toEqual([1, 1])
  })

  it('notifies every active user of a broadcast', async () => {
    const hub = world.client()
    const { id } = await hub.events.notify({ ...message, to: [{ all: true }], channels: ['in_app'] })
    await world.atRest()
    const notified = new Set<string>()
    for await (const { user, channel, decision, reason } of hub.events.decisions(id, { limit: 200 })) {
      if (channel === 'in_app' && decision === 'deliver') notified.add(user!)
      if (user === 'idle') expect([channel, reason]).toEqual([null, 'user_inactive'])
    }
    const active: string[] = []
    for await (const user of hub.users.all({ limit: 200 })) if (user.active) active.push(user.id)
    expect(active.length).toBeGreaterThan(1000)
    expect([...notified].sort()).toEqual(active.sort())
  })
})
