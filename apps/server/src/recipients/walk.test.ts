import fc from 'fast-check'
import { expect, it } from 'vitest'
import type { Audience } from '../domain/event.ts'
import { createDirectory } from './testing/directory.ts'
import { walk } from './walk.ts'

const user = (id: string): Audience => ({ kind: 'user', id })
const topic = (key: string): Audience => ({ kind: 'topic', key })
const address = (name: string): Audience => ({ kind: 'address', email: `${name}@example.com` })
const directory = createDirectory({ web: ['ada', 'adr_list', 'bob', 'eve'], empty: [] }, ['ada', 'bob', 'eve', 'zoe'])

/** Walks to the end in pages of `limit`; every page starts from the cursor alone. */
async function walkAll(to: Audience[], limits: number[], from = directory) {
  const pages: string[][] = []
  let cursor: string | null = null
  do {
    const page = await walk(to, cursor, limits[pages.length % limits.length]!, from)
    pages.push(page.members.map(({ id }) => id))
    cursor = page.cursor
    if (pages.length > 1000) throw new Error('walks for ever')
  } while (cursor !== null)
  return pages
}

it('reads the users that the event names first, then each topic, then all users', async () => {
  const page = await walk([{ kind: 'all' }, topic('web'), address('eva'), user('zoe')], null, 100, directory)
  expect(page).toMatchObject({ cursor: null })
  expect(page.members.map(({ id }) => id)).toEqual(['zoe', 'adr_eva', 'ada', 'adr_list', 'bob', 'eve', 'ada', 'bob', 'eve', 'zoe'])
})

it('passes on the profiles in the event', async () => {
  const { members } = await walk(
    [
      { kind: 'user', id: 'ada', profile: { locale: 'fr' } },
      { kind: 'address', email: 'eva@example.com', name: 'Eva', locale: 'de' },
    ],
    null,
    100,
    directory,
  )
  expect(members).toEqual([
    { kind: 'user', id: 'ada', profile: { locale: 'fr' } },
    { kind: 'address', id: 'adr_eva', email: 'eva@example.com', name: 'Eva', locale: 'de' },
  ])
})

it('never reads more than the limit', async () => {
  expect(await walkAll([user('zoe'), topic('web')], [2])).toEqual([['zoe', 'ada'], ['adr_list', 'bob'], ['eve']])
})

it('ends when the last page is exactly full', async () => {
  const pages = await walkAll([topic('web')], [4])
  expect(pages.flat()).toEqual(['ada', 'adr_list', 'bob', 'eve'])
})

it('reads nothing for an empty audience', async () => {
  expect(await walk([], null, 10, directory)).toEqual({ members: [], cursor: null })
  expect(await walk([topic('empty'), topic('unknown')], null, 10, directory)).toEqual({ members: [], cursor: null })
})

it('goes on after an id with a colon in it', async () => {
  const odd = createDirectory({ web: ['a:1', 'a:2', 'b:3'] })
  expect((await walkAll([topic('web')], [1], odd)).flat()).toEqual(['a:1', 'a:2', 'b:3'])
})

it('can be interrupted anywhere and still finds the same members, each as often as before', async () => {
  const ids = fc.uniqueArray(fc.stringMatching(/^[a-f:]{1,3}$/), { maxLength: 12 })
  const audience = fc.oneof(
    fc.constantFrom<Audience>(topic('t'), topic('u'), { kind: 'all' }),
    fc.constantFrom('x', 'y', 'z').map(user),
    fc.constantFrom('p', 'q').map(address),
  )
  await fc.assert(
    fc.asyncProperty(
      ids,
      ids,
      ids,
      fc.array(audience, { maxLength: 6 }),
      fc.array(fc.integer({ min: 1, max: 5 }), { minLength: 1, maxLength: 4 }),
      async (t, u, all, to, limits) => {
        const world = createDirectory({ t, u }, all)
        const whole = await walk(to, null, 10_000, world)
        expect(whole.cursor).toBeNull()
        expect((await walkAll(to, limits, world)).flat()).toEqual(whole.members.map(({ id }) => id))
      },
    ),
    { numRuns: 60 },
  )
})
