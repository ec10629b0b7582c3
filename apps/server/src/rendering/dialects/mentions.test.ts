import { describe, expect, it } from 'vitest'
import { renderSealed } from '../liquid.ts'
import { parseMarkdown } from '../markdown.ts'
import { print } from '../print.ts'
import { dialects, type Format } from './index.ts'

/**
 * Whom the server of Mattermost calls: `processText` and `checkForMention` of
 * https://github.com/mattermost/mattermost, `server/channels/app/mention_parser_standard.go`. A backslash before a sign is gone by then.
 */
function mattermost(source: string): string[] {
  const text = source.replace(/\\([!-/:-@[-`{-~])/g, '$1')
  const called = (word: string) => /^@[\p{L}\p{N}]/u.test(word)
  const found = text.split(/[^:.\-_@\p{L}\p{N}]+/u).flatMap((whole) => {
    const word = whole.replace(/^[:.\-_]+/, '')
    return [word, ...word.split(/[.\-:]/)].filter(called)
  })
  return [...new Set(found)]
}

/** Whom Telegram calls: `match_mentions` of https://github.com/tdlib/td, `td/telegram/MessageEntity.cpp`. Shorter names are those of a few bots. */
function telegram(source: string): string[] {
  const text = source.replace(/<[^>]*>/g, '').replace(/&(amp|lt|gt|quot);/g, (_, name: string) => ({ amp: '&', lt: '<', gt: '>', quot: '"' })[name] ?? '')
  return [...text.matchAll(/(?<![\p{L}\p{N}_])@\w{4,32}(?![\p{L}\p{N}_])/gu)].map(([name]) => name)
}

const READERS: [format: Format, mentionsIn: (source: string) => string[]][] = [
  ['mattermost', mattermost],
  ['telegram', telegram],
]

/** Every sign of ASCII, and some of other blocks, before the `@`; a word before that. */
const SIGNS = [...Array.from({ length: 95 }, (_, i) => String.fromCharCode(32 + i)), '', '\n', '\u00a0', '\u200b', '。', '«', 'é', '😀']
const BEFORE = SIGNS.flatMap((sign) => [sign, `word${sign}`, `${sign}${sign}`])
const AFTER = ['', '.', '!', ' x', '*', '_', '-', ':', '@', '.com']
const POSITIONS = [
  '{{ data.x }}',
  'a {{ data.x }} b',
  '**{{ data.x }}**',
  '- {{ data.x }}',
  '> {{ data.x }}',
  '[{{ data.x }}](https://ok.example/)',
  '({{ data.x }})',
]

const shown = (format: Format, source: string, x: string) =>
  print(
    parseMarkdown(renderSealed(source, { data: { x }, user: {}, event: {}, url: '', instance: {} }, { locale: 'en', timezone: 'UTC' }), 'https://hub.test'),
    dialects[format],
  )

describe.each(READERS)('a value that names somebody, for %s', (format, mentionsIn) => {
  it('the reader knows a mention', () => {
    for (const text of ['@channel', 'hi .@channel!', '-@channel', '+@channel', '%@channel', '/@channel'])
      expect([text, mentionsIn(text)]).toEqual([text, ['@channel']])
    expect(mentionsIn('me@channel')).toEqual([])
  })

  it.each(POSITIONS)('calls nobody in %s, whatever stands beside it', (position) => {
    const calling = BEFORE.flatMap((before) =>
      AFTER.flatMap((after) => {
        const text = shown(format, position, `${before}@channel${after}`)
        return mentionsIn(text).length === 0 ? [] : [[`${before}@channel${after}`, text]]
      }),
    )
    expect(calling).toEqual([])
  })

  it('is whole where it is a mail address', () => {
    for (const address of ['me@example.com', 'first_last@example.com', 'a+b@example.com', 'a.b-c@example.com'])
      expect(shown(format, '{{ data.x }}', address)).toContain('@example')
  })
})
