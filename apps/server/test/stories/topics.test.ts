import { createClient, type Scope } from '@carillon/client'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { engines } from '../setup/engines.ts'
import { ask } from './access/ask.ts'
import { openWorld, refusal, type World } from './world.ts'

const NOT_FOUND = { status: 404, code: 'not_found', pointer: undefined }

describe.each(engines)('open and closed topics (%s)', (engine) => {
  let world: World
  beforeAll(async () => {
    world = await openWorld(engine)
    await world.client().topics.put('board-private', { name: 'The board' })
    await world.client().topics.put('releases', { open: true })
  })
  afterAll(() => world.stop())

  const keyFor = async (user: string, ...scopes: Scope[]) =>
    createClient({ baseUrl: world.address, user, token: (await world.client().keys.create({ name: scopes.join(' '), scopes })).key })
  const topicsOf = async (user: string) => (await world.client(user).me.topics()).items.map(({ key }) => key)

  it('a topic is closed unless it is made open, and stays as it is when put again without a word', async () => {
    const { topics } = world.client()
    expect(await topics.put('new')).toMatchObject({ key: 'new', open: false })
    expect(await topics.put('new', { open: true })).toMatchObject({ name: 'new', open: true })
    expect(await topics.put('new', { name: 'News' })).toMatchObject({ name: 'News', open: true })
    expect(await topics.get('new')).toMatchObject({ open: true })
    expect((await topics.list()).items.map(({ key, open }) => [key, open])).toEqual(
      expect.arrayContaining([
        ['board-private', false],
        ['new', true],
      ]),
    )
    expect(await topics.put('new', { open: false })).toMatchObject({ name: 'News', open: false })
    expect(await refusal(topics.put('new', { open: 'yes' as never }))).toMatchObject({ status: 400, pointer: '/open' })
  })

  it('a person joins and leaves an open one', async () => {
    const { me } = await world.browser('ana')
    await me.subscribe('releases')
    expect(await topicsOf('ana')).toEqual(['releases'])
    await me.unsubscribe('releases')
    await me.unsubscribe('releases')
    expect(await topicsOf('ana')).toEqual([])
  })

  it('for a person a closed one does not exist: not to join, not to leave, and in no word of the answer', async () => {
    const { token } = await world.client().users.token('mallory')
    const { key } = await world.client().keys.create({ name: 'act', scopes: ['act'] })
    for (const headers of [{ authorization: `Bearer ${token}` }, { authorization: `Bearer ${key}`, 'carillon-user': 'mallory' }])
      for (const method of ['PUT', 'DELETE']) {
        const answers = await Promise.all(
          ['board-private', 'never-made'].map(async (topic) => {
            const { status, body } = await ask(world.address, { method, path: `/v1/me/topics/${topic}`, headers })
            return { status, body: { ...(body as object), requestId: '' } }
          }),
        )
        expect(answers[0]).toMatchObject({ status: 404, body: { code: 'not_found' } })
        expect(answers[0]).toEqual(answers[1])
      }
    await world.client().events.notify({ to: [{ topic: 'board-private' }], title: 'Secret', body: '' })
    await world.atRest()
    expect((await world.client('mallory').inbox.list()).items).toEqual([])
    expect(await topicsOf('mallory')).toEqual([])
  })

  it('who manages may put a person into a closed one; the person sees it and leaves it', async () => {
    await (await keyFor('ben', 'act', 'manage')).me.subscribe('board-private')
    const { me } = await world.browser('ben')
    expect((await me.topics()).items).toMatchObject([{ key: 'board-private', name: 'The board' }])
    expect(await refusal(me.subscribe('board-private')), 'not by themselves, also while they are in it').toEqual(NOT_FOUND)
    await me.unsubscribe('board-private')
    expect(await topicsOf('ben')).toEqual([])
    expect(await refusal(me.unsubscribe('board-private')), 'and then it is gone for them').toEqual(NOT_FOUND)
    expect(await refusal(me.subscribe('board-private'))).toEqual(NOT_FOUND)
    const manager = await keyFor('ben', 'act', 'manage')
    await manager.me.unsubscribe('board-private')
    expect(await refusal(manager.me.subscribe('never-made'))).toEqual(NOT_FOUND)
  })

  it('closing keeps who is in it', async () => {
    await world.client().topics.put('club', { open: true })
    await (await world.browser('cem')).me.subscribe('club')
    await world.client().topics.put('club', { open: false })
    expect(await topicsOf('cem')).toEqual(['club'])
    expect(await refusal((await world.browser('dia')).me.subscribe('club'))).toEqual(NOT_FOUND)
  })
})
