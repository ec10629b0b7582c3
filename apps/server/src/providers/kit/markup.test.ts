import { describe, expect, it } from 'vitest'
import { escapeLark } from '../../domain/escapes/lark.ts'
import { escapeTags } from '../../domain/escapes/tags.ts'
import { endless, exampleMessage } from '../testing/message.ts'
import { bodyWithin, cutEscaped, fieldsWithin, fitMessage, labelWithin, titleWithin } from './markup.ts'

describe('a text that is escaped', () => {
  it('fits afterwards, with every escape whole', () => {
    expect(cutEscaped('a<b', 20, escapeTags)).toBe('a&lt;b')
    expect(cutEscaped('<<<<<<', 12, escapeTags)).toBe('&lt;&lt;…')
    expect(cutEscaped('é<é<', 8, escapeTags, 'bytes')).toBe('é…')
    expect(cutEscaped('<', 2, escapeTags)).toBe('')
    for (const limit of [0, 1, 7, 100, 3000]) expect(cutEscaped(endless('<*é👩‍👦'), limit, escapeLark).length).toBeLessThanOrEqual(limit)
  })
})

describe('a title, a field or a label that rendering has written', () => {
  const coded = { title: ':bell: a&amp;b', fields: [{ label: ':bell: l', value: ':bell: v' }], labels: [':bell: Go'] }
  const message = exampleMessage({ title: ':bell: a&b', coded })

  it('is sent as it is, or as plain text where it would not fit', () => {
    expect(titleWithin(message, 14, escapeTags)).toBe(':bell: a&amp;b')
    expect(titleWithin(message, 13, escapeTags)).toBe(':bell: a…')
    expect([labelWithin(message, 0, 9, escapeTags), labelWithin(message, 0, 8, escapeTags)]).toEqual([':bell: Go', 'Open'])
    expect(fieldsWithin(message, 1, { label: 8, value: 7 }, escapeTags)).toEqual([{ label: ':bell: l', value: 'main', short: true }])
  })
})

describe('a body', () => {
  it('is sent as it was rendered, or as plain text when it would not fit', () => {
    const message = exampleMessage({ body: '<b>main</b>', text: 'main & co' })
    expect(bodyWithin(message, 11, escapeTags)).toBe('<b>main</b>')
    expect(bodyWithin(message, 10, escapeTags)).toBe('main …')
  })
})

describe('a request with a limit in bytes', () => {
  const make = ({ title, body, fields }: ReturnType<typeof exampleMessage>) => ({ title, body, fields })
  it('is left alone when it fits', () => {
    const message = exampleMessage()
    expect(fitMessage(message, 1000, escapeTags, make)).toBe(JSON.stringify(make(message)))
  })

  it('loses fields before text, and text before it is refused', () => {
    const fields = Array.from({ length: 30 }, (_, i) => ({ label: `f${i}`, value: 'v'.repeat(100) }))
    const some = JSON.parse(fitMessage(exampleMessage({ fields }), 1000, escapeTags, make))
    expect(some.body).toBe('main is **red**')
    expect(some.fields.length).toBeGreaterThan(3)
    const json = fitMessage(exampleMessage({ fields, body: endless(), text: endless() }), 1000, escapeTags, make)
    expect(Buffer.byteLength(json)).toBeLessThanOrEqual(1000)
    expect(JSON.parse(json).body.length).toBeGreaterThan(100)
    expect(JSON.parse(json).body.isWellFormed()).toBe(true)
  })
})
