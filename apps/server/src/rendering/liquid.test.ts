import { describe, expect, it } from 'vitest'
import { parseTemplate, renderLine, renderSealed, type Scope } from './liquid.ts'
import { RenderError } from './render-error.ts'
import { plainValue, unseal } from './sealed.ts'

const reader = { locale: 'en', timezone: 'UTC' }
const scope = (data: object): Scope => ({ data, user: { name: 'Ana' }, event: {}, url: '', instance: {} })
const render = (source: string, data: object = {}, as = reader) => {
  const { text, values } = renderSealed(source, scope(data), as)
  return unseal(text, values, plainValue)
}
const failure = (source: string, data: object = {}): RenderError => {
  try {
    renderSealed(source, scope(data), reader)
  } catch (error) {
    if (error instanceof RenderError) return error
    throw error
  }
  throw new Error('It rendered')
}

describe('a hostile template', () => {
  it.each([
    '{% include "/etc/passwd" %}',
    '{% render "x" %}',
    '{% layout "x" %}',
    '{% block x %}{% endblock %}',
    '{{ data.a | raw }}',
    '{% raw %}x{% endraw %}',
    '{{ data.a | nofilter }}',
    '{% if data.a %}'.repeat(5000),
    'x'.repeat(70_000).concat('{{ data.a }}'),
    '{% for i in (1..100) %}',
  ])('is refused: %.60s', (source) => {
    expect(failure(source).kind).toBe('template')
  })

  it.each([
    '{% for i in (1..1000000000) %}x{% endfor %}',
    '{% assign s = "xxxxxxxxxx" %}{% for i in (1..60) %}{% assign s = s | append: s %}{% endfor %}',
    '{{ "2026-01-01" | date: "%9999999d" }}',
  ])('meets a limit, which may only have been a busy moment: %s', (source) => {
    expect(failure(source).kind).toBe('limit')
  })

  it.each([
    ['a loop', '{% for a in data.list %}{{ a }}{% endfor %}'],
    ['loops within loops', '{% for a in data.list %}{% for b in data.list %}{% endfor %}{% endfor %}'],
    ['a table', '{% tablerow a in data.list %}{{ a }}{% endtablerow %}'],
    ['a loop of many parts', `{% for a in data.list limit: 1000 %}${'{{ a }}'.repeat(200)}{% endfor %}`],
    ['a loop of conditions', `{% for a in data.list limit: 1000 %}{% if a == 1 %}${'{{ a }}'.repeat(200)}{% endif %}{% endfor %}`],
  ])('goes through a bounded number of parts in %s, however long the data', (_what, source) => {
    const list = Array.from({ length: 120_000 }, (_, i) => i % 10)
    const { kind, message } = failure(source, { list })
    expect(kind).toBe('template')
    expect(message).toContain('more than 100,000 parts')
  })

  it('shows the 5,000 entries of a list', () => {
    const list = Array.from({ length: 5_000 }, (_, i) => ({ name: `n${i}`, to: 'x' }))
    expect(render('{% for a in data.list %}- {{ a.name }} {{ a.to }}\n{% endfor %}', { list })).toContain('n4999')
    expect(
      render('{% for a in data.list limit: 2 %}{% for b in data.list limit: 2 %}{{ a.name }}{{ b.name }} {% endfor %}{% else %}none{% endfor %}', { list }),
    ).toBe('n0n0 n0n1 n1n0 n1n1 ')
    expect(render('{% for a in data.none %}x{% else %}none{% endfor %}', {})).toBe('none')
  })

  it('cannot print more than 256 KiB', () => {
    expect(failure('{{ data.a }}'.repeat(30), { a: 'x'.repeat(10_000) }).message).toMatch(/at most 262144/)
  })

  it.each(['{{ data.constructor.constructor }}', '{{ data.__proto__.x }}', '{{ data.a.constructor }}', '{{ process }}', '{{ data.toString }}'])(
    'sees no more than the data: %s',
    (source) => {
      expect(render(source, { a: 'x' })).toBe('')
    },
  )

  it('cannot forge a mark for a value', () => {
    expect(render('\ufdd00\ufdd1 {{ data.a }} {{ "\ufdd00\ufdd1" }}', { a: 'secret' })).toBe('0 secret 0')
  })
})

describe('values', () => {
  it('stay apart from the words around them until a dialect puts them in', () => {
    expect(renderSealed('Hi {{ user.name }}!', scope({}), reader)).toEqual({ text: 'Hi \ufdd00\ufdd1!', values: ['Ana'] })
  })

  it('can be captured, compared and captured again', () => {
    expect(render('{% capture a %}<{{ data.x }}>{% endcapture %}{% if a == "<a-b>" %}{{ a | upcase }}{% endif %}', { x: 'a-b' })).toBe('<A-B>')
  })

  it('leave by no other way: echo, cycle and json are sealed too', () => {
    const { text, values } = renderSealed('{% echo data.x %}{% cycle data.x, "b" %}{{ data.x | json }}', scope({ x: '*' }), reader)
    expect(text).toBe('\ufdd00\ufdd1\ufdd01\ufdd1\ufdd02\ufdd1')
    expect(values).toEqual(['*', '*', '"*"'])
  })

  it('print lists run together, objects as JSON and nothing for null', () => {
    expect(render('{{ data.list }}|{{ data.object }}|{{ data.none }}|{{ data.no }}', { list: ['a', 1], object: { a: 1 }, none: null, no: false })).toBe(
      'a1|{"a":1}||false',
    )
  })

  it('are written as the reader writes them', () => {
    const french = { locale: 'fr-FR', timezone: 'Europe/Paris' }
    expect(render('{{ data.price | money: "EUR" }}', { price: 1234.5 }, french)).toBe('1\u202f234,50\u00a0€')
    expect(render('{{ data.price | money: "eur" }}', { price: '12.5' })).toBe('€12.50')
    expect(render('{{ data.price | money: "nonsense" }}', { price: 3 })).toBe('3.00')
    expect(render('{{ data.price | money }}', { price: 'free' })).toBe('free')
    expect(render('{{ data.at | local_time: "short", "none" }}', { at: '2026-01-31T23:30:00Z' }, french)).toBe('01/02/2026')
    expect(render('{{ data.at | local_time: "short", "none" }}', { at: Date.UTC(2026, 0, 31) }, { locale: 'zz-not-one', timezone: 'Mars/Base' })).toBe(
      '1/31/26',
    )
    expect(render('{{ data.at | local_time }}', { at: 'soon' })).toBe('soon')
  })
})

describe('a title', () => {
  const title = (x: string) => renderLine('Hi {{ data.x }} ', scope({ x }), reader)

  it('is one line, whatever the data', () => {
    expect(title('a\r\nBcc: all@evil.test')).toBe('Hi a Bcc: all@evil.test')
    expect(title('a\u2028b\u0085c\u000bd\0\u001b[31m')).toBe('Hi a b cd[31m')
  })

  it('is never escaped', () => {
    expect(title('A&B <*>')).toBe('Hi A&B <*>')
  })

  it('loses what turns the reading direction around, and broken surrogates', () => {
    expect(title('\u202egpj.exe\u2066')).toBe('Hi gpj.exe')
    expect(title('\ud83d!')).toBe('Hi \ufffd!')
  })
})

describe('parsed templates', () => {
  it('are kept', () => {
    expect(parseTemplate('Once {{ data.x }}')).toBe(parseTemplate('Once {{ data.x }}'))
  })

  it('and forgotten, the least used first, when there are too many', () => {
    const used = parseTemplate('Used {{ data.x }}')
    const unused = parseTemplate('Unused {{ data.x }}')
    for (let i = 0; i < 20; i++) {
      parseTemplate(`${i}${' '.repeat(60_000)}{{ data.x }}`)
      expect(parseTemplate('Used {{ data.x }}')).toBe(used)
    }
    expect(parseTemplate('Unused {{ data.x }}')).not.toBe(unused)
  })
})
