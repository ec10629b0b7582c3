import { describe, expect, it } from 'vitest'
import { didYouMean, nearest } from './nearest.ts'

const SETTINGS = ['CARILLON_OUTBOUND_ALLOW', 'CARILLON_OUTBOUND_ALLOW_USERS', 'CARILLON_ROLE', 'CARILLON_ROOT_KEY', 'CARILLON_DATABASE_URL']
const FIELDS = ['to', 'title', 'body', 'data', 'type', 'sendAt', 'expiresAt', 'dedupKey', 'url', 'email']

describe('nearest', () => {
  it.each([
    ['CARILLON_OUTBOUND_ALOW', 'CARILLON_OUTBOUND_ALLOW'],
    ['CARILLON_OUTBOUND_ALLOWED', 'CARILLON_OUTBOUND_ALLOW'],
    ['CARILLON_OUTBOUND_ALLOW_USER', 'CARILLON_OUTBOUND_ALLOW_USERS'],
    ['CARILLON_ROLL', 'CARILLON_ROLE'],
    ['CARILLON_DATABASEURL', 'CARILLON_DATABASE_URL'],
    ['CARILLON_DB_URL', null],
    ['CARILLON_COLOUR_OF_THE_BELLS', null],
  ])('of the settings to %s is %s', (word, near) => expect(nearest(word, SETTINGS)).toBe(near))

  it.each([
    ['emial', 'email'],
    ['tpye', 'type'],
    ['titel', 'title'],
    ['tile', 'title'],
    ['send_at', 'sendAt'],
    ['Dedup-Key', 'dedupKey'],
    ['TO', 'to'],
    ['too', 'to'],
    ['user', null],
    ['x', null],
    ['', null],
    ['message', null],
    ['e'.repeat(100_000), null],
  ])('of fields to %.20s is %s', (word, near) => expect(nearest(word, FIELDS)).toBe(near))

  it('finds each word again after one slip of a finger, and is itself the nearest to itself', () => {
    for (const word of SETTINGS) {
      expect(nearest(word, SETTINGS)).toBe(word)
      for (let i = 1; i < word.length - 1; i++) {
        const [before, at, next, after] = [word.slice(0, i), word[i]!, word[i + 1]!, word.slice(i + 2)]
        for (const slip of [before + next + after, before + at + at + next + after, before + next + at + after, `${before}Q${next}${after}`])
          expect(nearest(slip, SETTINGS)).toBe(word)
      }
    }
  })
})

it('says nothing where nothing is near', () => {
  expect(didYouMean('emial', FIELDS)).toBe(' (did you mean email?)')
  expect(didYouMean('colour', FIELDS)).toBe('')
})
