import { describe, expect, it } from 'vitest'
import { joined, keepPlaces, labelsOf, maskPlaces, split } from './places.ts'

const listed = { list: 'urls' }
const label = (entry: string) => entry.split('://')[0]!

describe('a destination that is a list', () => {
  it('becomes one place for each different entry, and is restored from them', () => {
    const places = split(listed, { urls: ['a://1', 'b://2', 'a://1'], tag: 'x' })
    expect(places).toEqual([
      { urls: ['a://1'], tag: 'x' },
      { urls: ['b://2'], tag: 'x' },
    ])
    expect(joined(listed, places)).toEqual({ urls: ['a://1', 'b://2'], tag: 'x' })
  })

  it('labels its places, with a number where labels are equal, and shows nothing else', () => {
    const places = split(listed, { urls: ['a://1', 'b://2', 'a://3'] })
    const labels = labelsOf(listed, places, label)
    expect(labels).toEqual(['a#1', 'b', 'a#3'])
    expect(maskPlaces(listed, joined(listed, places), labels)).toEqual({ urls: ['a#1/********', 'b/********', 'a#3/********'] })
  })

  it('keeps the entries whose masks are sent back, in any order, and refuses a mask that was never shown', () => {
    const stored = split(listed, { urls: ['a://1', 'b://2'] })
    const keep = (urls: string[]) => keepPlaces(listed, { urls }, stored, ['a', 'b'])
    expect(keep(['b/********', 'c://3', 'a/********'])).toEqual({ urls: ['b://2', 'c://3', 'a://1'] })
    expect(keep(['********', '********'])).toEqual({ urls: ['a://1', 'b://2'] })
    expect(() => keep(['********'])).toThrow('/urls/0')
    expect(() => keep(['a/********', 'd/********'])).toThrow('/urls/1')
  })
})

it('a destination that is no list is one place without a label', () => {
  const body = { address: 'a@example.com' }
  expect([split({}, body), joined({}, [body]), labelsOf({}, [body], label), maskPlaces({}, body, [null])]).toEqual([[body], body, [null], body])
})
