import { describe, expect, it } from 'vitest'
import { directionOfHtml, directionOfLocale } from './direction.ts'
import { createRenderer } from './render.ts'
import { inputFor, orderShipped } from './testing/input.ts'

const ARABIC = 'طلبك رقم 7'
const BODY = `# {{ data.x }}\n\n{{ data.x }}\n\n- {{ data.x }}\n- {{ data.x }}\n\n> {{ data.x }}\n\n| {{ data.x }} | b |\n|---|---|\n| {{ data.x }} | d |\n\n\`\`\`\n{{ data.x }}\n\`\`\`\n\n1. **{{ data.x }}**\n   - {{ data.x }}`

const { message } = createRenderer({ baseUrl: 'https://hub.test', instance: { name: 'Bells' } })
const page = (x: string, locale: string) => {
  const actions = [{ label: '{{ data.x }}', url: 'https://ok.test' }]
  const texts = { title: '{{ data.x }}', body: BODY, actions, fields: [{ label: '{{ data.x }}', value: '{{ data.x }}' }] }
  const type = orderShipped({ default: texts, locales: { ar: { default: texts } } }, { name: x })
  const event = { ...inputFor(type, { x }).event, topic: x }
  return message({ ...inputFor(type, { x }, { channel: 'email', format: 'html', recipient: { locale } }), event }).html ?? ''
}

describe('the direction of a mail', () => {
  it.each(['en', 'ar'])('is that of each text, within a frame in the direction of the language: %s', (locale) => {
    const html = page(ARABIC, locale)
    expect(html).toContain(`dir="${locale === 'ar' ? 'rtl' : 'ltr'}">\n<head>`)
    const body = html.slice(html.indexOf('<body'))
    const places = [...body.matchAll(new RegExp(ARABIC, 'g'))]
    expect(places.length).toBeGreaterThan(15)
    for (const { index } of places) {
      // Marks inside of a text (`strong`, `code`) belong to the direction of their text.
      const open = body.slice(0, index).replace(/<(strong|code)>$/, '')
      expect(open.slice(open.lastIndexOf('<'))).toMatch(/ dir="auto"|^<bdi>/)
    }
  })

  it('of lists, quotes and tables is that of what they hold', () => {
    expect(page(ARABIC, 'en').match(/<(ul|ol|blockquote|table) dir="rtl"/g)).toHaveLength(5)
    expect(page('Order 7', 'ar').match(/<(ul|ol|blockquote|table) dir="ltr"/g)).toHaveLength(5)
  })

  it('is no side anywhere in the layout', () => {
    const html = page(ARABIC, 'en')
    expect(html).not.toMatch(/\b(?:left|right)\b/i)
    // Four lengths name the right side and the left one.
    for (const [, lengths = ''] of html.matchAll(/(?:margin|padding|border-width):([^;"}]*)/g)) expect(lengths.trim().split(/\s+/).length).toBeLessThan(4)
  })

  it.each([
    ['ar-EG', 'rtl'],
    ['he', 'rtl'],
    ['ckb', 'rtl'],
    ['az-Arab-IR', 'rtl'],
    ['ur_PK', 'rtl'],
    ['ar-Latn', 'ltr'],
    ['arn', 'ltr'],
    ['en', 'ltr'],
    ['de-CH', 'ltr'],
    ['', 'ltr'],
  ])('of the language %j is %s', (locale, direction) => expect(directionOfLocale(locale)).toBe(direction))

  it.each([
    ['<p>&amp; 7 – אבג abc</p>', 'rtl'],
    ['<p title="אבג">abc אבג</p>', 'ltr'],
    ['<p>7 !</p>', null],
  ])('of %s is that of its first letter', (html, direction) => expect(directionOfHtml(html)).toBe(direction))
})
