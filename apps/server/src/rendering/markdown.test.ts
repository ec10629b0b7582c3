import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { dialects, type Format } from './dialects/index.ts'
import { renderSealed } from './liquid.ts'
import { parseMarkdown } from './markdown.ts'
import { print } from './print.ts'
import { HOSTILE } from './testing/input.ts'
import { visible } from './visible.ts'

const parse = (source: string, data: object = {}) =>
  parseMarkdown(renderSealed(source, { data, user: {}, event: {}, url: '', instance: {} }, { locale: 'en', timezone: 'UTC' }), 'https://shop.test')
const shown = (format: Format, source: string, data: object = {}) => print(parse(source, data), dialects[format])
const asText = (data: string) => visible(data).replace(/\s+/g, ' ').trim()

const hostileText = fc
  .array(fc.oneof(fc.constantFrom(...HOSTILE), fc.string({ unit: 'binary', maxLength: 12 }), fc.string({ maxLength: 8 })), { maxLength: 4 })
  .map((parts) => parts.join(''))
const sentence = fc.constantFrom('{{ data.x }}', 'Hi {{ data.x }}, hello', '{{ data.x }}{{ data.x }}', '({{ data.x }})')
const expected = (template: string, x: string) => asText(template.replaceAll('{{ data.x }}', () => visible(x).replace(/[ \t\n]+/g, ' ')))

describe('what printed nothing', () => {
  it.each([
    ['a **{{ data.x }}** b', 'a  b'],
    ['**{{ data.x }}**', ''],
    ['**{{ data.x }}{{ data.y }}** *{{ data.x }} {{ data.y }}* b', ' b'],
    ['~~{{ data.x }}~~\n\nb', 'b'],
    ['***{{ data.x }}*** `{{ data.x }}` __{{ data.x }}__', ''],
    ['a\n{{ data.x }}\nb', 'a\n\nb'],
    ['{{ data.x }}- b', '- b'],
    ['2 * {{ data.x }} * 3', '2 *  * 3'],
    ['```\n**{{ data.x }}**\n```', '```\n****\n```'],
  ])('leaves nothing of the emphasis around it: %j', (source, expected) => {
    expect(shown('markdown', source).replace(/ +/g, ' ').trim()).toBe(expected.replace(/ +/g, ' ').trim())
  })

  it('leaves the rest of the template as it was, in every dialect', () => {
    for (const format of Object.keys(dialects) as Format[]) expect(shown(format, '**{{ data.x }}**\n\nb'), format).toBe(shown(format, 'b'))
  })
})

/** Every reader with markup has its own test, `dialects/readers.test.ts`. */
describe('data never becomes markup', () => {
  it('in HTML: one paragraph without a tag', () => {
    fc.assert(
      fc.property(sentence, hostileText, (template, x) => {
        const html = shown('html', template, { x })
        const inner = html === '' ? '' : (/^<p>([^<>]*)<\/p>$/.exec(html)?.[1] ?? 'a tag')
        const text = inner.replace(/&(lt|gt|quot|#39|amp);/g, (_, name: string) => ({ lt: '<', gt: '>', quot: '"', '#39': "'", amp: '&' })[name] ?? '')
        expect(asText(text)).toBe(expected(template, x))
      }),
      { numRuns: 500 },
    )
  })

  it('in plain text: the same words', () => {
    fc.assert(
      fc.property(sentence, hostileText, (template, x) => {
        expect(asText(shown('text', template, { x }))).toBe(expected(template, x))
      }),
    )
  })

  it.each(HOSTILE)("in the middle of an author's markup: %s", (x) => {
    const template = '# {{ data.x }}\n\n**{{ data.x }}** and `{{ data.x }}`\n\n- {{ data.x }}\n- [{{ data.x }}](https://ok.test)\n'
    const kinds = parse(template, { x }).map((block) => block.kind)
    expect(kinds).toEqual(['heading', 'paragraph', 'list'])
    const html = shown('html', template, { x })
    expect(html.match(/<(?!\/)[a-z0-9]+/g)).toEqual(['<h1', '<p', '<strong', '<code', '<ul', '<li', '<li', '<a'])
    expect(html).not.toMatch(/href="(?!https:\/\/ok\.test)/)
  })
})

describe('links', () => {
  it.each([
    'javascript:alert(1)',
    'JAVASCRIPT:alert(1)',
    'java\nscript:alert(1)',
    '\u0001javascript:alert(1)',
    'data:text/html,x',
    'vbscript:x',
    'file:///etc/passwd',
    '//evil.test',
    '/\\evil.test',
    '/\t/evil.test',
    'relative/path',
    '',
  ])('to %j are dropped to their label', (url) => {
    expect(shown('html', '[Open]({{ data.url }})', { url })).toBe('<p>Open</p>')
  })

  it('are the same in every dialect', () => {
    const source = 'See [the *order*]({{ data.url }}) or [mail](mailto:shop@x.test).'
    const url = 'https://shop.test/o/1?a=b&c=(d) "e"'
    expect(shown('html', source, { url })).toBe(
      '<p>See <a href="https://shop.test/o/1?a=b&amp;c=(d)%20%22e%22" target="_blank" rel="noopener noreferrer">the <em>order</em></a> or <a href="mailto:shop@x.test" target="_blank" rel="noopener noreferrer">mail</a>.</p>',
    )
    expect(shown('text', source, { url })).toBe('See the order (https://shop.test/o/1?a=b&c=(d)%20%22e%22) or mail (shop@x.test).')
    expect(shown('markdown', source, { url })).toBe('See [the *order*](https://shop.test/o/1?a=b&c=%28d%29%20%22e%22) or [mail](mailto:shop@x.test).')
    expect(shown('discord', source, { url })).toBe(shown('markdown', source, { url }))
  })

  it('to a path lead below the application', () => {
    expect(shown('text', '[Open](/orders/{{ data.id }})', { id: 7 })).toBe('Open (https://shop.test/orders/7)')
  })

  it('that say only their target are written once', () => {
    expect(shown('text', 'https://shop.test/a')).toBe('https://shop.test/a')
    expect(shown('discord', 'https://shop.test/a')).toBe('https://shop.test/a')
  })

  it('stand in for images', () => {
    expect(shown('html', '![Chart](https://x.test/c.png)')).not.toContain('<img')
    expect(shown('text', '![Chart](https://x.test/c.png)')).toBe('Chart (https://x.test/c.png)')
  })
})

describe("an author's Markdown", () => {
  const source =
    '# Title\n\nOne **two** *three* ~~four~~ `five`  \nsix\n\n> quoted\n\n1. a\n2. b\n   - c\n\n```js\nlet x = "`"\n```\n\n| A | B |\n|---|---|\n| 1 | 2 |\n\n---\n'

  it('becomes HTML', () => {
    expect(shown('html', source).split('\n')).toEqual([
      '<h1>Title</h1>',
      '<p>One <strong>two</strong> <em>three</em> <del>four</del> <code>five</code><br>six</p>',
      '<blockquote><p>quoted</p></blockquote>',
      '<ol><li>a</li><li>b',
      '<ul><li>c</li></ul></li></ol>',
      '<pre><code>let x = &quot;`&quot;</code></pre>',
      '<table><thead><tr><th>A</th><th>B</th></tr></thead><tbody><tr><td>1</td><td>2</td></tr></tbody></table>',
      '<hr>',
    ])
  })

  it('becomes plain text', () => {
    expect(shown('text', source)).toBe('Title\n\nOne two three four five\nsix\n\n> quoted\n\n1. a\n2. b\n   - c\n\nlet x = "`"\n\nA | B\n1 | 2\n\n---')
  })

  it('becomes what Discord knows', () => {
    expect(shown('discord', source)).toBe(
      '# Title\n\nOne **two** *three* ~~four~~ ``five``\nsix\n\n> quoted\n\n1. a\n2. b\n  - c\n\n```js\nlet x = "`"\n```\n\n**A** · **B**\n1 · 2\n\n———',
    )
  })

  it('stays itself in Markdown: parsed again it is the same document', () => {
    const once = shown('markdown', source)
    expect(print(parse(once), dialects.markdown)).toBe(once)
    expect(print(parse(once), dialects.html)).toBe(shown('html', source))
  })

  it('shows raw HTML as text, but knows a line break', () => {
    expect(shown('html', 'a<br>b <b>c</b>')).toBe('<p>a<br>b &lt;b&gt;c&lt;/b&gt;</p>')
    expect(shown('html', '<div onclick=x>\n\n</div>')).not.toContain('<div')
  })

  it('may keep the line breaks of a value, and never their markup', () => {
    expect(shown('html', '{{ data.x | newline_to_br }}', { x: 'a\n# b' })).toBe('<p>a<br># b</p>')
    expect(shown('markdown', '{{ data.x | newline_to_br }}', { x: 'a\n# b' })).toBe('a  \n\\# b')
    expect(shown('text', '```\n{{ data.x }}\n```', { x: 'a\n```\nb' })).toBe('a\n```\nb')
  })

  it('decodes entities for readers who have none', () => {
    expect(shown('text', 'a &amp; b &copy; &#x41; &unknown;')).toBe('a & b © A &unknown;')
  })

  it('may be long without costing much: a value is never lexed', () => {
    const x = 'a'.repeat(200_000)
    expect(shown('text', '*Mail* @ {{ data.x }}@x.test', { x })).toBe(`Mail @ ${x}@x.test`)
  })

  it("is cut at a line when the author's part is too long", () => {
    const text = shown('text', '{% for i in (1..5000) %}- *item* {{ i }}\n{% endfor %}')
    expect(text).toMatch(/^- item 1\n/)
    expect(text).toMatch(/- item \d+\n\n…$/)
    expect(text).not.toContain('\ufdd0')
  })
})
