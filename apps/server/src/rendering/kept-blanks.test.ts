import { describe, expect, it } from 'vitest'
import { dialects, type Format } from './dialects/index.ts'
import { escapeHtml } from './entities.ts'
import { fit } from './fit.ts'
import { htmlOverride } from './html-override.ts'
import { renderSealed } from './liquid.ts'
import { parseMarkdown } from './markdown.ts'
import { textOfPage } from './page-text.ts'

const X = 'line one\nline two\n  indented\n\ttabbed  twice\n\n- no <list>  '
const NBSP = '\u00a0'
/** The same where a reader would drop blanks. */
const KEPT = ['line one', 'line two', `${NBSP}${NBSP}indented`, `${NBSP.repeat(4)}tabbed${NBSP} twice`, '', '- no <list>']

const sealed = (source: string, x: string) =>
  renderSealed(source, { data: { x }, user: {}, event: {}, url: '', instance: {} }, { locale: 'en', timezone: 'UTC' })
const shown = (format: Format, x = X, source = '{{ data.x | newline_to_br }}') => fit(parseMarkdown(sealed(source, x)), dialects[format], undefined)

describe('newline_to_br', () => {
  it.each(Object.keys(dialects) as Format[])('keeps lines and blanks in %s', (format) => {
    // Without escapes and what separates them, which `dialects.test.ts` is about.
    const plain = (text: string) => text.replace(/[\\\u200b]/g, '')
    const given = format === 'text' ? X.trimEnd().split('\n') : KEPT
    const lines = plain(shown(format))
      .replace(/<\/?p>/g, '')
      .split(plain(dialects[format].lineBreak))
    const escaped = format === 'html' ? escapeHtml : (text: string) => plain(dialects[format].text(text))
    expect(lines.map((line) => line.trimEnd())).toEqual(given.map(escaped).map((line) => line.trimEnd()))
  })

  it('keeps blanks at the beginning of the text', () => {
    expect(shown('text', '  a\n    b')).toBe('  a\n    b')
    expect(shown('html', '  a\n    b')).toBe(`<p>${NBSP}${NBSP}a<br>${NBSP.repeat(4)}b</p>`)
    expect(shown('html', ' a', '**{{ data.x | newline_to_br }}** b')).toBe(`<p><strong>${NBSP}a</strong> b</p>`)
  })

  it('keeps them in a page of its own, but not in its tags', () => {
    const page = htmlOverride(sealed('<p title="{{ data.x | newline_to_br }}">{{ data.x | newline_to_br }}</p>', '<a>\n  b & c'))
    expect(page).toBe(`<p title="&lt;a&gt;&#10;&#32;&#32;b&#32;&amp;&#32;c">&lt;a&gt;<br>${NBSP}${NBSP}b &amp; c</p>`)
    expect(textOfPage(page)).toBe(`<a>\n${NBSP}${NBSP}b & c`)
  })

  it('is the only way: other values fold', () => {
    expect(shown('text', 'a\n  b', '{{ data.x }}')).toBe('a b')
    expect(shown('text', 'a\n  b', '{{ data.x | newline_to_br | upcase }}')).toBe('A B')
  })
})
