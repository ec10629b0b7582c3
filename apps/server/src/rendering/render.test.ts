import { describe, expect, it } from 'vitest'
import type { OptionalPart } from '../domain/message.ts'
import { createRenderer } from './render.ts'
import { HOSTILE, inputFor, orderShipped } from './testing/input.ts'

const { message, inbox } = createRenderer({ baseUrl: 'https://hub.test', applicationUrl: 'https://shop.test', instance: { name: 'Bells & Co' } })
const type = orderShipped({
  default: {
    title: 'Order {{ data.id }}',
    body: 'Hello {{ user.name }}, **{{ data.id }}** left on {{ event.createdAt | local_time: "medium", "none" }}.',
    url: '/orders/{{ data.id }}',
    actions: [
      { label: 'Track {{ data.id }}', url: '{{ data.link }}' },
      { label: 'Help', url: 'https://shop.test/help' },
    ],
    fields: [
      { label: 'Carrier', value: '{{ data.carrier }}' },
      { label: 'Nothing', value: '{{ data.none }}' },
    ],
  },
})
const ALL: OptionalPart[] = ['link', 'picture', 'buttons']
const data = { id: 'A_1', carrier: 'Snail *Mail*', link: 'https://shop.test/t/(1)' }

describe('a message', () => {
  it('without its parts has their addresses in the text, and neither link nor buttons nor picture', () => {
    const made = message(inputFor(type, data, { channel: 'ntfy', format: 'text', limits: { body: 4096, actions: 3, without: ALL } }))
    expect(made.body.split('\n').filter((line) => line.includes('://'))).toEqual([
      'Track A_1: https://shop.test/t/(1)',
      'Help: https://shop.test/help',
      'https://shop.test/orders/A_1',
    ])
    expect([made.without, made.actions, 'url' in made, 'image' in made]).toEqual([ALL, [], false, false])
  })

  it('loses only the parts that are left out, and their addresses and fields stand in the text', () => {
    const limits = { body: 4096, actions: 3, fields: 3 }
    const made = (...without: OptionalPart[]) => message(inputFor(type, data, { channel: 'slack', format: 'text', limits: { ...limits, without } }))
    const whole = { url: 'https://shop.test/orders/A_1', actions: { length: 2 }, fields: { length: 1 } }
    expect(made('picture')).toMatchObject(whole)
    expect(made('link')).toMatchObject({ actions: { length: 2 }, fields: { length: 1 }, body: expect.stringMatching(/\n\nhttps:\/\/shop\.test\/orders\/A_1$/) })
    expect(made('link')).not.toHaveProperty('url')
    expect(made('buttons')).toMatchObject({ ...whole, actions: { length: 0 }, body: expect.stringContaining('Help: https://shop.test/help') })
    expect(made('buttons').body).not.toContain('orders/A_1')
    expect(made('fields')).toMatchObject({ ...whole, fields: { length: 0 }, body: expect.stringContaining('Carrier: Snail *Mail*') })
  })

  it('that has neither link nor buttons names an address once, also where both are the same', () => {
    const same = orderShipped({ default: { title: 'x', body: 'y', url: 'https://shop.test/1', actions: [{ label: 'Open', url: 'https://shop.test/1' }] } })
    const { body } = message(inputFor(same, {}, { channel: 'ntfy', format: 'text', limits: { without: ['link', 'buttons'] } }))
    expect(body.split('https://shop.test/1')).toHaveLength(2)
  })

  it('takes the subject where there is no title, and no address that programs would cut', () => {
    const made = message(inputFor(orderShipped({ default: { subject: 'Subject', body: 'x', url: `https://shop.test/${'x'.repeat(2_100)}` } }), {}))
    expect(made.title).toBe('Subject')
    expect(made).not.toHaveProperty('url')
  })

  it('counts the signs of tags in plain text, where the vendor counts what remains of HTML', () => {
    const { text } = message(
      inputFor(
        orderShipped({ default: { title: 'x', body: '{{ data.x }}' } }),
        { x: '<b>'.repeat(50) },
        { format: 'telegram', limits: { body: 40, unit: 'visible' } },
      ),
    )
    expect(text.length).toBeLessThanOrEqual(40)
  })

  it('keeps fields and labels of buttons within the limits of the vendor, as they are printed', () => {
    const fields = [1, 2, 3].map((n) => ({ label: `L${n}`, value: '{{ data.x }}' }))
    const actions = [{ label: '{{ data.x }}', url: 'https://shop.test/' }]
    const limits = { title: 256, fields: 2, actions: 1, lengths: { label: 10, value: 20, button: 12 } }
    const made = message(inputFor(orderShipped({ default: { title: 'x', body: '', fields, actions } }), { x: '*'.repeat(50) }, { format: 'discord', limits }))
    expect(made.fields.map(({ label, value }) => [label, value])).toEqual(Array.from({ length: 2 }, (_, i) => [`L${i + 1}`, `${'\\*'.repeat(9)}…`]))
    expect(made.actions).toEqual([{ label: `${'\\*'.repeat(5)}…`, url: 'https://shop.test/' }])
  })

  it('for a webhook carries Markdown and everything else apart', () => {
    expect(message(inputFor(type, data))).toEqual({
      title: 'Order A_1',
      body: 'Hello Ana, **A_1** left on Feb 1, 2026.',
      text: 'Hello Ana, A_1 left on Feb 1, 2026.',
      severity: 'info',
      priority: 'medium',
      url: 'https://shop.test/orders/A_1',
      actions: [
        { label: 'Track A_1', url: 'https://shop.test/t/(1)' },
        { label: 'Help', url: 'https://shop.test/help' },
      ],
      fields: [{ label: 'Carrier', value: 'Snail *Mail*' }],
      locale: 'en',
      instance: 'Bells & Co',
      event: { id: 'evt_1', type: 'shop.order', category: 'shop', data, tags: [], createdAt: Date.UTC(2026, 0, 31, 23, 30), user: { id: 'ana' } },
    })
  })

  it('writes into the body what the vendor has no place for', () => {
    const made = message(inputFor(type, data, { channel: 'ntfy', format: 'markdown', limits: { body: 4096, unit: 'bytes', actions: 1 } }))
    expect(made.body).toBe('Hello Ana, **A_1** left on Feb 1, 2026.\n\n- Carrier: Snail \\*Mail\\*')
    expect(made.actions).toEqual([{ label: 'Track A_1', url: 'https://shop.test/t/(1)' }])
    expect(made.fields).toEqual([])
    expect(message(inputFor(type, data, { channel: 'sms', format: 'text' })).body).toMatch(/- Help \(https:\/\/shop\.test\/help\)$/)
  })

  it('escapes titles, fields and the addresses of buttons where the vendor reads Markdown in them', () => {
    const actions = [{ label: 'Open', url: 'https://shop.test/a_(b)' }]
    const discord = orderShipped({ default: { title: '{{ data.x }}', body: '', fields: [{ label: 'f', value: '{{ data.x }}' }], actions } })
    const made = message(inputFor(discord, { x: '*a* https://evil.test' }, { format: 'discord', limits: { title: 256, fields: 25, actions: 5 } }))
    expect(made.title).toBe('\\*a\\* https\\://evil.test')
    expect(made.fields).toEqual([{ label: 'f', value: '\\*a\\* https://evil.test' }])
    expect(made.actions).toEqual([{ label: 'Open', url: 'https://shop.test/a_%28b%29' }])
  })

  it('says that it has no markup where the vendor reads it only when it is announced', () => {
    const made = (body: string, format: 'markdown' | 'slack' = 'markdown') =>
      message(inputFor(orderShipped({ default: { title: 'x', body } }), { x: '*a*' }, { format })).plain
    for (const body of ['{{ data.x }}', 'See https://x.test/.\n\nTwo', '\\*x\\* <b>', 'a  \nb']) expect(made(body), body).toBe(true)
    for (const body of ['**x**', '*x*', '~~x~~', '`x`', '# x', '- x', '1. x', '> x', '[x](https://x.test/)', '| a |\n|---|\n| b |', '---', '```\nx\n```'])
      expect(made(body), body).toBeUndefined()
    expect(made('{{ data.x }}', 'slack')).toBeUndefined()
  })

  it('has titles, fields and labels with the emoji of their author in the dialect as well', () => {
    const slack = orderShipped({
      default: {
        title: ':bell: {{ data.x }}',
        body: 'x',
        fields: [{ label: '{{ data.x }}', value: ':ok: {{ data.x }}' }],
        actions: [{ label: 'Go :ok: {{ data.x }}', url: 'https://x.test/' }],
      },
      slack: { subject: 'unused' },
    })
    const made = message(inputFor(slack, { x: ':tada: <!here>' }, { channel: 'slack', format: 'slack', limits: { title: 150, fields: 10, actions: 5 } }))
    expect(made.title).toBe(':bell: :tada: <!here>')
    const data = ':\u200btada: &lt;!here&gt;'
    expect(made.coded).toEqual({ title: `:bell: ${data}`, fields: [{ label: data, value: `:ok: ${data}` }], labels: [`Go :ok: ${data}`] })
    const none = message(inputFor(orderShipped({ default: { title: '{{ data.x }}' } }), { x: ':tada:' }, { channel: 'slack', format: 'slack' }))
    expect(none).not.toHaveProperty('coded')
  })

  it('lets an author call people in a text for the channel alone, and never by trusted Markdown', () => {
    const made = (templates: Parameters<typeof orderShipped>[0], x = '<!here>') =>
      message(inputFor(orderShipped(templates), { x }, { channel: 'slack', format: 'slack', limits: { title: 150, body: 3000 } })).body
    expect(made({ slack: { body: '<!channel> {{ data.x }}' } })).toBe('<!channel> &lt;!here&gt;')
    expect(made({ default: { body: '<!channel> {{ data.x }}' } })).toBe('&lt;!channel&gt; &lt;!here&gt;')
    expect(made({ slack: { body: '<!channel> {{ data.x | markdown }}' } })).toBe('&lt;!channel&gt; &lt;!here&gt;')
    expect(made({ locales: { en: { slack: { body: '<!channel>' } } } })).toBe('<!channel>')
  })

  it('loses a button or link that leads somewhere unsafe, and keeps the rest', () => {
    const made = message(inputFor(type, { ...data, link: 'javascript:alert(1)', id: '' }))
    expect(made.actions).toEqual([{ label: 'Help', url: 'https://shop.test/help' }])
    const unsafe = inputFor(orderShipped({ default: { title: 'x' } }), {})
    expect(message({ ...unsafe, event: { ...unsafe.event, url: 'javascript:alert(1)' } })).not.toHaveProperty('url')
  })

  it('stays within the limits', () => {
    const limits = { title: 10, body: 40, unit: 'bytes' as const, actions: 1, fields: 0 }
    const long = orderShipped({ default: { title: '{{ data.x }}', body: '**{{ data.x }}**' } })
    const made = message(inputFor(long, { x: '日本語 '.repeat(50) }, { format: 'markdown', limits }))
    expect(made.title).toBe('日本…')
    expect(Buffer.byteLength(made.body)).toBeLessThanOrEqual(40)
    expect(made.body).toMatch(/^\*\*日本語 .*…\*\*$/)
  })

  it('speaks without a template: name and data, but nothing sensitive', () => {
    const bare = orderShipped({}, { schema: { properties: { token: { type: 'string', 'x-sensitive': true } } } })
    const made = message(inputFor(bare, { id: 7, token: 'hunter2', tags: ['a', 'b'], none: null, deep: { a: 1 } }, { format: 'text' }))
    expect(made.title).toBe('Order shipped')
    expect(made.body).toBe('- id: 7\n- tags: a, b\n- deep: {"a":1}')
  })

  it('shows receivers the masked data while the template sees the real one', () => {
    const reset = orderShipped({ default: { title: 'Code {{ data.code }}' } })
    const made = message(inputFor(reset, { code: '1234' }, { publicData: { code: '********' }, test: true }))
    expect(made.title).toBe('Code 1234')
    expect(made.event.data).toEqual({ code: '********' })
    expect(made.event.test).toBe(true)
  })

  it('says which limit or template stopped it', () => {
    expect(() => message(inputFor(orderShipped({ default: { title: '{{ data.x | nofilter }}' } }), {}))).toThrow(expect.objectContaining({ kind: 'template' }))
    expect(() => message(inputFor(orderShipped({ default: { title: '{% for i in (1..999999999) %}{% endfor %}' } }), {}))).toThrow(
      expect.objectContaining({ kind: 'limit' }),
    )
  })

  it('shows quotes within quotes, however deep they are', () => {
    expect(message(inputFor(orderShipped({ default: { title: 'x', body: `${'> '.repeat(10_000)}the end` } }), {})).text).toContain('the end')
  })
})

describe('a mail', () => {
  const mail = (x: string, html?: string) =>
    message(
      inputFor(
        orderShipped(
          {
            default: {
              title: '{{ data.x }}',
              body: '{{ data.x }}',
              actions: [{ label: '{{ data.x }}', url: 'https://ok.test' }],
              fields: [{ label: '{{ data.x }}', value: '{{ data.x }}' }],
              ...(html ? { html } : {}),
            },
          },
          { name: 'Name & <b>' },
        ),
        { x },
        { channel: 'email', format: 'html', recipient: { name: 'Ana', locale: 'en"><script>' } },
      ),
    )

  it.each(HOSTILE)('has the same tags whatever the data: %s', (x) => {
    const tags = (html = '') => html.match(/<[a-z!][^\s>]*/g)
    expect(tags(mail(x).html)).toEqual(tags(mail('harmless').html))
    expect(mail(x).title).not.toMatch(/[\r\n]/)
  })

  it('fetches nothing and runs nothing', () => {
    const { html } = mail('x')
    expect(html).not.toMatch(/<script|<img|<link|@import|url\(|src=/i)
    expect(html).toContain('prefers-color-scheme:dark')
    expect(html).toContain('<html lang="en"')
  })

  it('says everything in plain text as well', () => {
    const made = message(inputFor(type, data, { channel: 'email', format: 'html', recipient: { name: 'Ana', locale: 'fr' } }))
    expect(made.text).toContain('Hello Ana, A_1 left on')
    expect(made.text).toContain('\n\nCarrier: Snail *Mail*\n\nTrack A_1: https://shop.test/t/(1)\nHelp: https://shop.test/help\n\n-- \n')
    expect(made.text).toContain('because Bells & Co notifies you about “Order shipped”')
    expect(made.html).toContain('Bells &amp; Co')
  })

  it('has as many fields and buttons as one reads, each of a bounded length, and a subject that programs keep', () => {
    const many = orderShipped({
      default: {
        title: '{{ data.x }}',
        actions: Array.from({ length: 8 }, (_, i) => ({ label: `Go ${i}`, url: `https://shop.test/${i}` })),
        fields: Array.from({ length: 25 }, (_, i) => ({ label: `F${i}`, value: '{{ data.x }}' })),
      },
    })
    const made = message(inputFor(many, { x: 'x'.repeat(600) }, { channel: 'email', format: 'html', limits: { title: 400 } }))
    expect([made.title.length, made.actions.length, made.fields.length]).toEqual([255, 5, 20])
    expect(made.fields.map(({ value }) => value.length)).toEqual(Array(20).fill(200))
    expect(made.text).toContain('Go 4: https://shop.test/4\n')
    expect(made.text).not.toContain('Go 5')
  })

  it('is refused when its own page is larger than programs take', () => {
    const own = orderShipped({ default: { title: 'x', html: '<p>{{ data.x }}</p>' } })
    expect(() => message(inputFor(own, { x: '<'.repeat(70_000) }, { channel: 'email', format: 'html' }))).toThrow(/at most 262144 are allowed/)
  })

  it.each(['href', 'src', 'action', 'formaction', 'background'])('has no target in its own page that data made unsafe: %s', (name) => {
    const { html } = mail('javascript:alert(1)', `<x ${name}="{{ data.x }}"><y ${name}={{ data.x }}><z ${name}="https://ok.test/{{ data.x }}">`)
    expect(html).toBe(`<x ${name}="#"><y ${name}="#"><z ${name}="https://ok.test/javascript:alert(1)">`)
  })

  it('has data in an attribute without quotation marks as one value', () => {
    expect(mail('a b`c=d>', '<p title={{ data.x }}>x</p>').html).toBe('<p title=a&#32;b&#96;c&#61;d&gt;>x</p>')
  })

  it('gets a button for a bare url', () => {
    const input = inputFor(
      orderShipped({ default: { title: 'x' }, locales: { fr: { default: { title: 'y' } } } }),
      {},
      { channel: 'email', recipient: { locale: 'fr' } },
    )
    const made = message({ ...input, event: { ...input.event, url: 'https://shop.test/1' } })
    expect(made.actions).toEqual([{ label: 'Ouvrir', url: 'https://shop.test/1' }])
  })

  it('stays below 100 KiB', () => {
    const long = '<*&'.repeat(60_000)
    const made = mail(long)
    expect(Buffer.byteLength(made.html ?? '')).toBeLessThan(100 * 1024)
    expect(made.html).toContain('…')
    expect(made.title.length).toBeLessThanOrEqual(255)
  })

  it("may be an author's own page, where data is still only text", () => {
    const page = '<p title={{ data.x }}>{{ data.x }}</p><a href="{{ data.x }}">go</a><a href="https://ok.test/?q={{ data.x }}">go</a>'
    const { html } = mail('javascript:alert(1) onload=x "<b>', page)
    expect(html).toContain('<a href="#">go</a>')
    expect(html).toContain('<a href="https://ok.test/?q=javascript:alert(1)%20onload=x%20%22%3Cb%3E">go</a>')
    expect(html).toMatch(/^<p title=javascript:alert\(1\)&#32;onload&#61;x&#32;&quot;&lt;b&gt;>/)
  })

  it('reads its plain text from the page when there is no body', () => {
    const own = orderShipped({ default: { title: 'x', html: '<h1>Hi {{ user.name }}</h1><p>Two</p>' } })
    expect(message(inputFor(own, {}, { channel: 'email', format: 'html' })).text).toMatch(/^HI ANA\n\nTwo/i)
  })
})

it('the inbox leads to the application, as every channel does', () => {
  expect(inbox(inputFor(type, data, { format: 'text' }))).toEqual({
    title: 'Order A_1',
    body: 'Hello Ana, A_1 left on Feb 1, 2026.',
    url: 'https://shop.test/orders/A_1',
    actions: [
      { label: 'Track A_1', url: 'https://shop.test/t/(1)' },
      { label: 'Help', url: 'https://shop.test/help' },
    ],
  })
})
