import { describe, expect, it } from 'vitest'
import { besideUrls, isWholeUrl } from './bare-urls.ts'

/** What is recognised as a URL, in brackets. */
const seen = (line: string): string =>
  besideUrls(
    (text) => text,
    (url) => `[${url}]`,
  )(line, {})

describe('a bare URL', () => {
  it.each([
    ['see https://a.example/x.', 'see [https://a.example/x].'],
    ['https://a.example/x?!*_~\'":;,', '[https://a.example/x]?!*_~\'":;,'],
    ['(https://a.example/x_(y))', '([https://a.example/x_(y)])'],
    ['https://a.example/x...y', '[https://a.example/x...y]'],
    ['http://... and https://', 'http://... and https://'],
  ])('ends before the sentence around it: %s', (line, expected) => expect(seen(line)).toBe(expected))

  it('is whole when nothing belongs to a sentence', () => {
    expect(isWholeUrl('https://a.example/x')).toBe(true)
    expect(isWholeUrl('https://a.example/x.')).toBe(false)
  })

  it('is read once, however many signs of a sentence stand in it', () => {
    const url = `https://a.example/${'.'.repeat(1_900)}x`
    const line = Array.from({ length: 6_000 }, () => url).join(' ')
    expect(seen(line)).toHaveLength(line.length + 2 * 6_000)
  })
})
