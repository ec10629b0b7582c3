import { describe, expect, it } from 'vitest'
import { dedupKey, dedupProblem } from './dedup-key.ts'

const MEGABYTE = 'a'.repeat(1_000_000)
const LIST = Array.from({ length: 200_000 }, (_, i) => i)

describe('a dedup template', () => {
  it.each([
    ['{{ data.order }}-{{ data.state | downcase }}', 'A7-open'],
    ['  {{ data.order }}\n{{ data.state }} ', 'A7 Open'],
    ['{% if data.state == "Open" %}{{ data.order }}{% endif %}', 'A7'],
    ['{% assign both = data.order | append: data.state %}{{ both }}', 'A7Open'],
    ['{% capture both %}{{ data.order }}/{{ data.tags | join: "," }}{% endcapture %}{{ both }}', 'A7/x,y'],
    ['{{ data.html }}', '<b>&'],
    ['{{ data.html | markdown }}', '<b>&'],
    ['{{ data.missing }}', ''],
    ['fixed', 'fixed'],
  ])('%s makes %s', (source, key) => {
    const data = { order: 'A7', state: 'Open', tags: ['x', 'y'], html: '<b>&' }
    expect(dedupKey(source, data)).toBe(key)
    expect(dedupProblem(source, data)).toBeNull()
  })

  it.each([
    ['is not closed', '{{ data.a', 'not closed'],
    ['has an unknown filter', '{{ data.a | nofilter }}', 'undefined filter'],
    ['names what is not there', '{{ link }}', 'Nothing is called `link` here'],
    ['names who is told', '{{ user.id }}', 'Nothing is called `user` here'],
    ['loops', '{% for a in data.list %}{{ a }}{% endfor %}', 'has no loops'],
    ['makes a table', '{% tablerow a in data.list %}{{ a }}{% endtablerow %}', 'has no loops'],
    ['is long', 'x'.repeat(1025), 'at most 1024 characters'],
    ['makes a long key', 'x'.repeat(600), '512'],
    ['fails with its sample', '{{ (1..9999999) | size }}', 'handle more than 20,000'],
  ])('that %s is refused with the rule', (_name, source, rule) => {
    expect(dedupProblem(source, { list: [1, 2] })).toContain(rule)
  })

  it.each([
    ['the whole', '{{ data }}', '512 characters'],
    ['the whole, many times', '{{ data }}'.repeat(100), '512 characters'],
    ['a long text', '{{ data.text }}', '512 characters'],
    ['a long list', '{{ data.list }}', '512 characters'],
    ['a text in a filter', '{{ data.text | downcase | truncate: 8 }}', 'handle more than 20,000'],
    ['a text that grows', '{{ data.text | replace: "a", data.text | size }}', 'handle more than 20,000'],
    ['a list in a filter', '{{ data.list | sort | first }}', 'handle more than 20,000'],
    ['a range', '{{ (1..9999999) | size }}', 'handle more than 20,000'],
    ['a captured text', '{% capture x %}{{ data.text }}{% endcapture %}{{ x | size }}', '512 characters'],
  ])('of large data ends at its limit: %s', (_name, source, rule) => {
    expect(() => dedupKey(source, { text: MEGABYTE, list: LIST })).toThrow(rule)
  })
})
