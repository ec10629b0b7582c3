import { describe, expect, it } from 'vitest'
import { textsFor, truncations } from './locale.ts'
import { orderShipped } from './testing/input.ts'

const type = orderShipped(
  {
    default: { title: 'T de', body: 'B de', subject: 'S de' },
    email: { body: 'B de mail', html: '<p>de</p>' },
    locales: {
      fr: { default: { title: 'T fr', body: 'B fr' }, email: { subject: 'S fr mail' } },
      'fr-CA': { default: { title: 'T ca' } },
      en: { default: { title: 'T en', body: 'B en', url: 'https://en.test' } },
      zh_cn: { default: { title: 'T zh', body: 'B zh' } },
    },
  },
  { locale: 'de' },
)

/** Only the texts. */
const textsOf = (...given: Parameters<typeof textsFor>) => {
  const { own: _, ...texts } = textsFor(...given)
  return texts
}

describe('the locale chain', () => {
  it.each([
    ['fr-CA', 'webhook', { title: 'T ca', body: 'B fr', locale: 'fr-CA' }],
    ['fr-BE', 'webhook', { title: 'T fr', body: 'B fr', locale: 'fr' }],
    ['de-AT', 'webhook', { title: 'T de', body: 'B de', subject: 'S de', locale: 'de' }],
    ['pt-BR', 'webhook', { title: 'T de', body: 'B de', subject: 'S de', locale: 'de' }],
    ['zh-CN', 'webhook', { title: 'T zh', body: 'B zh', locale: 'zh-CN' }],
    [undefined, 'webhook', { title: 'T de', body: 'B de', subject: 'S de', locale: 'de' }],
    ['de', 'email', { title: 'T de', body: 'B de mail', html: '<p>de</p>', subject: 'S de', locale: 'de' }],
  ])('for %s on %s', (locale, channel, texts) => {
    expect(textsOf(type, channel, locale)).toEqual({ url: 'https://en.test', ...texts })
  })

  it('never puts a subject or page from farther away over a nearer title or body', () => {
    expect(textsOf(type, 'email', 'fr-CA')).toEqual({ title: 'T ca', body: 'B fr', locale: 'fr-CA', url: 'https://en.test' })
    expect(textsOf(type, 'email', 'fr')).toEqual({ title: 'T fr', body: 'B fr', subject: 'S fr mail', locale: 'fr', url: 'https://en.test' })
  })

  it('ends at English when the event type has nothing in its own locale', () => {
    expect(textsOf(orderShipped({ locales: { en: { default: { title: 'E' } } } }, { locale: 'it' }), 'webhook', 'ja')).toEqual({ title: 'E', locale: 'en' })
  })

  it('knows which texts were written for the channel alone', () => {
    expect([...textsFor(type, 'email', 'de').own]).toEqual(['body', 'html'])
    expect([...textsFor(type, 'email', 'fr').own]).toEqual(['subject'])
    expect([...textsFor(type, 'webhook', 'de').own]).toEqual([])
  })

  it('is walked once per event type', () => {
    expect(textsFor(type, 'webhook', 'fr')).toBe(textsFor(type, 'webhook', 'fr'))
  })

  it('shortens a locale from its end', () => {
    expect(truncations('zh-Hant-TW')).toEqual(['zh-Hant-TW', 'zh-Hant', 'zh'])
  })
})
