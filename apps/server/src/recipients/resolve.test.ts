import fc from 'fast-check'
import { expect, it } from 'vitest'
import type { Member } from './member.ts'
import { resolve } from './resolve.ts'

const ada: Member = { kind: 'user', id: 'ada' }
const bob: Member = { kind: 'user', id: 'bob' }
const NOBODY: ReadonlyMap<string, string> = new Map()
const list: Member = { kind: 'address', id: 'adr_1', email: 'list@example.com' }

it('keeps each user and each address once, in the order in which they came', () => {
  expect(resolve([bob, list, ada, bob, list], NOBODY, null)).toEqual({ members: [bob, list, ada], excluded: null })
})

it('removes the actor of the event, however often they are named', () => {
  expect(resolve([ada, bob, ada], NOBODY, 'ada')).toEqual({ members: [bob], excluded: ada })
  expect(resolve([bob], NOBODY, 'ada')).toEqual({ members: [bob], excluded: null })
})

it('does not mistake an address for the actor', () => {
  expect(resolve([list], NOBODY, 'adr_1')).toEqual({ members: [list], excluded: null })
})

it('adds the profile of a later mention of a user to the first', () => {
  const { members } = resolve(
    [{ ...ada, profile: { name: 'Ada', locale: 'fr' } }, ada, { ...ada, profile: { locale: 'en', email: 'ada@example.com' } }],
    NOBODY,
    null,
  )
  expect(members).toEqual([{ ...ada, profile: { name: 'Ada', locale: 'en', email: 'ada@example.com' } }])
})

it('loses no recipient and duplicates none', () => {
  fc.assert(
    fc.property(fc.array(fc.constantFrom('ada', 'bob', 'eve', 'zoe')), fc.constantFrom('ada', 'bob', null), (names, actor) => {
      const { members, excluded } = resolve(
        names.map((id): Member => ({ kind: 'user', id })),
        NOBODY,
        actor,
      )
      expect(members.map(({ id }) => id)).toEqual([...new Set(names)].filter((id) => id !== actor))
      expect(excluded?.id ?? null).toBe(actor !== null && names.includes(actor) ? actor : null)
    }),
  )
})

it('replaces a bare address that is a user’s own by that user: once, and with the profile from the event', () => {
  const owners = new Map([['adr_1', 'ada']])
  expect(resolve([list, bob], owners, null).members).toEqual([ada, bob])
  expect(resolve([{ ...ada, profile: { locale: 'fr' } }, list], owners, null).members).toEqual([{ ...ada, profile: { locale: 'fr' } }])
  expect(resolve([list, { ...ada, profile: { locale: 'fr' } }], owners, null).members).toEqual([{ ...ada, profile: { locale: 'fr' } }])
  expect(resolve([list, bob], owners, 'ada')).toEqual({ members: [bob], excluded: ada })
})
