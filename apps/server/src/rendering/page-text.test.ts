import { describe, expect, it } from 'vitest'
import { htmlOverride } from './html-override.ts'
import { renderSealed } from './liquid.ts'
import { textOfPage } from './page-text.ts'

const VALUES = [
  'aB3-dE9x',
  'straße İi ﬁ ß',
  'a_b*c [d](e) `f` # g',
  '<b>&amp; "q" \'a\'</b>',
  'https://shop.test/a?b=1&c=2#d',
  '👩‍👩‍👧‍👦 🇩🇪 👍🏽 é',
  'a\u00a0b\u200bc\u00add',
  '٣ מזל אבג',
  '- 1. > |',
  'ana@example.com',
]

/** Places of a page in which a value may stand. */
const PAGES = [
  ...[1, 2, 3, 4, 5, 6].map((depth) => `<h${depth}>Your code is ${'{{ data.x }}'}</h${depth}>`),
  '<p style="text-transform:uppercase">{{ data.x }}</p>',
  '<table><tr><th>{{ data.x }}</th><td>{{ data.y }}</td></tr><tr><td>{{ data.y }}</td><td>{{ data.x }}</td></tr></table>',
  '<table role="presentation"><tr><td><table><tr><td><h1>{{ data.x }}</h1><p>{{ data.y }}</p></td></tr></table></td></tr></table>',
  '<a href="https://ok.test/?q={{ data.x }}">{{ data.x }}</a> {{ data.y }}',
  '<ul><li>{{ data.x }}</li><li>{{ data.y }}<ol><li>{{ data.x }}</li></ol></li></ul>',
  '<pre>{{ data.x }}\n  {{ data.y }}</pre>',
  '<blockquote>{{ data.x }}<br>{{ data.y }}</blockquote>',
  '<b>{{ data.x }}</b><i>{{ data.y }}</i>',
  '<html><body><div>{{ data.x }}</div><footer>{{ data.y }}</footer></body></html>',
  '<img alt="{{ data.x }}" src="https://ok.test/a.png"><button>{{ data.y }}</button>',
  '<dl><dt>{{ data.x }}</dt><dd>{{ data.y }}</dd></dl>',
]

const text = (source: string, data: object = {}) =>
  textOfPage(htmlOverride(renderSealed(source, { data, user: {}, event: {}, url: '', instance: {} }, { locale: 'tr', timezone: 'UTC' })))

describe('the text of a page', () => {
  it.each(PAGES)('says every value as the page does: %s', (page) => {
    for (const [i, x] of VALUES.entries()) {
      const y = VALUES[(i + 1) % VALUES.length]!
      const shown = text(page, { x, y })
      expect(shown).toContain(x)
      if (page.includes('data.y')) expect(shown).toContain(y)
    }
  })

  it('keeps cells, lines and lists apart', () => {
    expect(text('<table><tr><th>Item</th><th>Price</th></tr><tr><td>Tea</td><td>€3</td></tr></table>')).toBe('Item Price\nTea €3')
    expect(text('<h1>Hi</h1><p>One<br>two</p><ul><li>a</li><li>b</li></ul><ol start="3"><li>c</li></ol>')).toBe('Hi\n\nOne\ntwo\n\n- a\n- b\n\n 3. c')
    expect(text('<pre>  a\n    b</pre>')).toBe('  a\n    b')
  })

  it('writes the target of a link behind its words, once', () => {
    expect(text('<p><a href="https://ok.test/?a=1&amp;b=2">Open</a></p>')).toBe('Open (https://ok.test/?a=1&b=2)')
    expect(text('<a href="https://ok.test/">https://ok.test/</a> <a href="mailto:me@ok.test">me@ok.test</a>')).toBe('https://ok.test/ me@ok.test')
    expect(text('<a href="https://ok.test/"><img alt="Reset" src="https://ok.test/b.png"></a>')).toBe('Reset (https://ok.test/)')
  })

  it.each([
    '<div style="display:none;max-height:0">no</div>',
    '<div style="color:red; DISPLAY : none !important">no</div>',
    '<span hidden>no</span>',
    '<p style="visibility: hidden">no</p>',
    '<div style="max-height:0;overflow:hidden">no</div>',
    '<style>@media (max-width:480px){.a{color:red}}.pre{display:none}</style><p class="pre">no</p>',
    '<style>@media print{@supports (color:red){.a{color:red}.b{color:red}}}.pre{display:none}</style><p class="pre">no</p>',
    '<table style="opacity:0;"><tr><td>no</td></tr></table>',
    '<style>.pre, .other { color: red; display: none } .card { color: blue }</style><span class="x pre">no</span>',
    '<head><title>no</title></head>',
    '<title>no</title><script>no</script><style>no</style><template>no</template>',
    '<!-- no --><!--[if mso]>no<![endif]-->',
  ])('leaves out what nobody sees: %s', (hidden) => {
    expect(text(`${hidden}<p>yes</p>`)).toBe('yes')
  })

  it('leaves out nothing that another page hides', () => {
    expect(text('<style>.note{display:none}</style><p class="note">no</p><p>yes</p>')).toBe('yes')
    expect(text('<p class="note">yes</p>')).toBe('yes')
  })

  it('shows what only small screens hide, and what merely looks like hiding', () => {
    expect(text('<style>@media (max-width:480px){.wide{display:none}}</style><p class="wide" style="opacity:0.9;max-height:05em">yes</p>')).toBe('yes')
  })

  it('shows what only a part of a sheet hides, also behind a rule within a rule', () => {
    const sheet = '@media (max-width:480px){@supports (color:red){.a{color:red}}.wide{display:none}.b{color:red}.c{display:none}}'
    expect(text(`<style>${sheet}</style><p class="wide">yes</p><p class="c">too</p>`)).toBe('yes\n\ntoo')
  })

  it('survives tags in tags in tags', () => {
    expect(text(`${'<div>'.repeat(20_000)}deep`)).toContain('...')
  })
})
