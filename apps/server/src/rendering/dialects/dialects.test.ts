import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { renderSealed } from '../liquid.ts'
import { parseMarkdown } from '../markdown.ts'
import { print } from '../print.ts'
import { HOSTILE } from '../testing/input.ts'
import { visible } from '../visible.ts'
import { dialects, type Format } from './index.ts'

const shown = (format: Format, source: string, data: object = {}) =>
  print(
    parseMarkdown(renderSealed(source, { data, user: {}, event: {}, url: '', instance: {} }, { locale: 'en', timezone: 'UTC' }), 'https://hub.test'),
    dialects[format],
  )
const flat = (text: string) => visible(text).replaceAll('\u200b', '').replace(/\s+/g, ' ').trim()
const untagged = (text: string) => text.replace(/&(lt|gt|quot|amp);/g, (_, name: string) => ({ lt: '<', gt: '>', quot: '"', amp: '&' })[name] ?? '')
const unnumbered = (text: string) => text.replace(/&#(\d+);/g, (_, code: string) => String.fromCharCode(Number(code)))
const unslashed = (text: string) => text.replace(/\\([^\p{L}\p{N}\s])|(?<=\d)\\(?=[.)])/gu, '$1')

/** What would be markup, and how a reader turns the escapes back. */
const readers: [Format, live: RegExp, read: (text: string) => string][] = [
  ['slack', /<|>|&(?!(amp|lt|gt);)|(?<!\u200b)[*~`]|[*~`](?!\u200b)|(?<![\p{L}\p{N}\u200b])_|^\s*&gt;|:\w+:/mu, untagged],
  ['telegram', /<|>|&(?!(amp|lt|gt|quot);)/, untagged],
  ['google-chat', /<|>|&(?!(amp|lt|gt|quot);)/, untagged],
  ['feishu', /[<>*~[\]`_\\!()]|(?<!&)#|&(?!#\d+;)(?=#?\w+;)/, unnumbered],
  ['adaptive-card', /(?<!\\)(?:\\\\)*[*_[\]]|^\s*(?:[-+#>]|\d{1,9}[.)]\s)/, unslashed],
  ['chat-markdown', /(?<![\p{L}\p{N}])@[\p{L}\p{N}]/u, unslashed],
]
const hostile = fc
  .array(
    fc.oneof(fc.constantFrom(...HOSTILE, ':smile: <!channel> @all', '&#42; &amp;'), fc.string({ unit: 'binary', maxLength: 12 }), fc.string({ maxLength: 8 })),
    {
      maxLength: 4,
    },
  )
  .map((parts) => parts.join('').replaceAll('\u200b', ''))
const sentence = fc.constantFrom('{{ data.x }}', 'Hi {{ data.x }}, hello', '({{ data.x }})')
const expected = (template: string, x: string) => flat(template.replaceAll('{{ data.x }}', () => visible(x).replace(/[ \t\n]+/g, ' ')))

describe.each(readers)('%s', (format, live, read) => {
  it('shows data as it is and never as markup', () => {
    fc.assert(
      fc.property(sentence, hostile, (template, x) => {
        const made = shown(format, template, { x })
        expect(made).not.toMatch(live)
        expect(flat(read(made))).toBe(expected(template, x))
      }),
      { numRuns: 300 },
    )
  })
})

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

  it('Markdown that calls nobody, while addresses stay whole', () => {
    expect(shown('chat-markdown', '**Hi** @all, @**everyone** and \\@here')).toBe('**Hi** @\u200ball, @\u200b**everyone** and @\u200bhere')
    expect(shown('chat-markdown', '{{ data.x }}', { x: '@channel me@x.test' })).toBe('@\u200bchannel me@x.test')
  })
})
