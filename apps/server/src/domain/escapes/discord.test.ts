import { expect, it } from 'vitest'
import { discordLink } from './discord.ts'

it.each([
  ['a [b] c', '[a [b] c](https://x.test/)'],
  ['[a] [b]', '[[a] [b]](https://x.test/)'],
  // Discord's reader knows one pair within the label, and ends it within two.
  ['a [[b]] c', 'a [[b]] c <https://x.test/>'],
  ['a ] b', 'a ] b <https://x.test/>'],
  ['a [ b', 'a [ b <https://x.test/>'],
  ['] a [', '] a [ <https://x.test/>'],
])('a link whose label is %j ends where it is meant to', (label, written) => expect(discordLink(label, 'https://x.test/')).toBe(written))
