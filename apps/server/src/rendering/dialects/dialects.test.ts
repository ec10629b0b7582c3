import { describe, expect, it } from 'vitest'
import { renderSealed } from '../liquid.ts'
import { parseMarkdown } from '../markdown.ts'
import { print } from '../print.ts'
import { dialects, type Format } from './index.ts'

const shown = (format: Format, source: string, data: object = {}) =>
  print(
    parseMarkdown(renderSealed(source, { data, user: {}, event: {}, url: '', instance: {} }, { locale: 'en', timezone: 'UTC' }), 'https://hub.test'),
    dialects[format],
  )
const source =
  '# Title **x**\n\nOne **two** *three* ~~four~~ `five <b>`  \nsix\n\n> quoted\n>\n> > twice\n\n1. a\n2. b\n   - c\n\n```js\nlet x = 1 < 2\n```\n\n| A | B |\n|---|---|\n| 1 | 2 |\n\n[a *link*](https://x.test/a_(b)?c=1&d=|) https://x.test/bare\n'

describe("an author's Markdown becomes", () => {
  it('mrkdwn', () => {
    expect(shown('slack', source)).toBe(
      '*Title x*\n\nOne *two* _three_ ~four~ `five &lt;b&gt;`\nsix\n\n> quoted\n> \n> > twice\n\n1. a\n2. b\n   • c\n\n```\nlet x = 1 &lt; 2\n```\n\n*A* · *B*\n1 · 2\n\n<https://x.test/a_(b)?c=1&amp;d=%7C|a _link_> <https://x.test/bare>',
    )
  })

  it('the tags of Telegram', () => {
    expect(shown('telegram', source)).toBe(
      '<b>Title <b>x</b></b>\n\nOne <b>two</b> <i>three</i> <s>four</s> <code>five &lt;b&gt;</code>\nsix\n\n<blockquote>quoted\n\ntwice</blockquote>\n\n1. a\n2. b\n   • c\n\n<pre><code class="language-js">let x = 1 &lt; 2</code></pre>\n\n<b>A</b> · <b>B</b>\n1 · 2\n\n<a href="https://x.test/a_(b)?c=1&amp;d=|">a <i>link</i></a> <a href="https://x.test/bare">https://x.test/bare</a>',
    )
  })

  it('the tags of Google Chat', () => {
    expect(shown('google-chat', '> `a<b`\n\n```\nx\n```')).toBe('│ a&lt;b\n\nx')
  })

  it('lark_md', () => {
    expect(shown('feishu', source)).toBe(
      '**Title x**\n\nOne **two** *three* ~~four~~ five &#60;b&#62;\nsix\n\n│ quoted\n│ \n│ │ twice\n\n1. a\n2. b\n   • c\n\nlet x = 1 &#60; 2\n\n**A** · **B**\n1 · 2\n\n[a *link*](https://x.test/a_%28b%29?c=1&d=|) [https://x.test/bare](https://x.test/bare)',
    )
  })

  it('the text of a card', () => {
    expect(shown('adaptive-card', source)).toBe(
      '**Title x**\n\nOne **two** _three_ four five <b>\n\nsix\n\n│ quoted\n\n│ │ twice\n\n1. a\r2. b - c\n\nlet x = 1 < 2\n\n**A** · **B**\n\n1 · 2\n\n[a _link_](https://x.test/a_%28b%29?c=1&d=|) [https://x.test/bare](https://x.test/bare)',
    )
  })

  it('the Markdown of Mattermost, which calls nobody, while addresses stay whole', () => {
    expect(shown('mattermost', '**Hi** @all, @**everyone** and \\@here')).toBe('**Hi** @\u200ball, @\u200b**everyone** and @\u200bhere')
    expect(shown('mattermost', '{{ data.x }}', { x: '@channel me@x.test' })).toBe('@\u200bchannel me@x.test')
  })

  it('the notation of Rocket.Chat', () => {
    expect(shown('rocketchat', source)).toBe(
      '*Title x*\n\nOne *two* _three_ ~four~ `five <b>`\nsix\n\n> quoted\n> \n> > twice\n\n1. a\n2. b\n   - c\n\n```\nlet x = 1 < 2\n```\n\n*A* · *B*\n1 · 2\n\n<https://x.test/a_%28b%29?c=1&d=%7C|a link> https://x.test/bare',
    )
  })

  it('Markdown in which bare addresses stay bare', () => {
    expect(shown('markdown', 'See https://x.test/bare, <https://x.test/_a/b> <https://x.test/_> and [x](https://x.test/).')).toBe(
      'See https://x.test/bare, <https://x.test/_a/b> [https\\://x.test/\\_](https://x.test/_) and [x](https://x.test/).',
    )
  })
})

describe("what an author's text may have beside Markdown", () => {
  it.each([
    ['slack', ':rotating_light: {{ data.x }} :tada:', ':rotating_light: :\u200btada: :tada:'],
    ['mattermost', ':rotating_light: {{ data.x }}', ':rotating_light: :\u200btada:'],
    ['rocketchat', ':rotating_light: {{ data.x }}', ':rotating_light: :\u200btada:'],
    ['zulip', '**:rotating_light:** {{ data.x }}', '**:rotating_light:** :\u200btada:'],
    ['discord', ':rotating_light: <t:1700000000:R> {{ data.x }}', ':rotating_light: <t:1700000000:R> \\:tada:'],
    ['slack', '<!date^1392734382^on {date}|then> {{ data.x }}', '<!date^1392734382^on {date}|then> :\u200btada:'],
    // Two texts together are nobody's code.
    ['slack', ':{{ data.y }}: {{ data.y }}: :{{ data.y }}', ':\u200btada: tada: :tada'],
    ['slack', '\\:tada\\: `:tada:`', ':tada: `:tada:`'],
  ] as [Format, string, string][])('%s: %s', (format, template, made) => {
    expect(shown(format, template, { x: ':tada:', y: 'tada' })).toBe(made)
  })

  it.each([
    [
      'slack',
      '<!channel> <@U123> and {{ data.x }}',
      '<!channel> <@U123> and &lt;!channel&gt; @all',
      '&lt;!channel&gt; &lt;@U123&gt; and &lt;!channel&gt; @all',
    ],
    ['mattermost', '@all and {{ data.x }}', '@all and <\u200b!channel> @\u200ball', '@\u200ball and <\u200b!channel> @\u200ball'],
    ['rocketchat', '@all and {{ data.x }}', '@all and <!channel> @\u200ball', '@\u200ball and <!channel> @\u200ball'],
    ['telegram', '@someone and {{ data.x }}', '@someone and &lt;!channel&gt; @\u200ball', '@\u200bsomeone and &lt;!channel&gt; @\u200ball'],
  ] as [Format, string, string, string][])('%s: calls only in a text of the channel itself', (format, template, own, general) => {
    const sealed = renderSealed(template, { data: { x: '<!channel> @all' }, user: {}, event: {}, url: '', instance: {} }, { locale: 'en', timezone: 'UTC' })
    expect(print(parseMarkdown(sealed, undefined, 'channel'), dialects[format])).toBe(own)
    expect(print(parseMarkdown(sealed, undefined, 'author'), dialects[format])).toBe(general)
  })
})

describe('what people copy', () => {
  const COPIED = [
    '482913',
    'ghp_A1b2C3d4E5f6',
    'eyJhbGciOi.eyJzdWIiOi_J.SflKxwRJSMeKK-F2QT4',
    '9b2f8c1e-6d1a-4a52-8a0b-2f1f5f0f7c11',
    'aGVsbG8/d29ybGQ+Zm9v==',
    'first_last@example.com',
    'https://example.com/_a_/*b*?c=:d:#e',
    '10:30:15 on 2026-04-01',
    '/var/log/app-1.2/x_y.log',
  ]
  const formats = Object.keys(dialects) as Format[]

  it.each(COPIED)('has no separator in it: %s', (x) => {
    const parted = formats.filter((format) => shown(format, 'Copy {{ data.x }} here', { x }).includes('\u200b'))
    // A workspace of Slack may have an emoji of any name, and so `:30:` may be one.
    expect(parted).toEqual(x.startsWith('10:') ? ['slack'] : [])
  })

  it('has none in plain text, whatever it is', () => {
    for (const x of [...COPIED, '*a* :b: @c <!d>']) expect(shown('text', '{{ data.x }}', { x })).toBe(x)
  })
})
