import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { quoted, quotedMessage, quotedPointer, quotedWords } from './quoted.ts'

const HIDDEN = /[\p{Cc}\p{Cs}\u2028\u2029\u061c\u200b\u200e\u200f\u202a-\u202e\u2060-\u206f\ufeff]/u
const family = '👨‍👩‍👧‍👦'

describe('what a refusal repeats of somebody else’s text', () => {
  it('is at most 64 characters without controls, whatever was sent', () => {
    const hostile = fc.string({
      unit: fc.oneof(fc.constantFrom('\u202e', '\u0000', '\n', '\u2066', '\ud83d', family, 'e\u0301', 'x', '~', '/', ' '), fc.string({ unit: 'binary' })),
      maxLength: 400,
    })
    fc.assert(
      fc.property(hostile, (text) => {
        const shown = quoted(text)
        expect(shown.length).toBeLessThanOrEqual(64)
        expect(shown).not.toMatch(HIDDEN)
        expect(quotedMessage(`${text} is not known`)).not.toMatch(HIDDEN)
        expect(quotedMessage(text.repeat(20)).length).toBeLessThanOrEqual(1000)
        expect(quotedPointer(`/a/${text}`)).not.toMatch(HIDDEN)
        expect(quotedPointer(`/a/${text.repeat(20)}`).length).toBeLessThanOrEqual(512)
      }),
    )
  })

  it.each([
    ['an emoji family', `${'x'.repeat(60)}${family}${'y'.repeat(20)}`, `${'x'.repeat(60)}…`],
    ['a letter and its accent', `${'x'.repeat(62)}e\u0301${'y'.repeat(20)}`, `${'x'.repeat(62)}…`],
    ['one endless grapheme', `e${'\u0301'.repeat(500)}`, `e${'\u0301'.repeat(62)}…`],
    ['64 characters', 'x'.repeat(64), 'x'.repeat(64)],
    ['an override of direction', 'invoice\u202efdp.exe', 'invoice\ufffdfdp.exe'],
    ['a joined emoji and Persian, which need their joiners', `${family} می\u200cخواهم`, `${family} می\u200cخواهم`],
  ])('is cut at the border of a grapheme, and shows what is hidden: %s', (_name, text, shown) => {
    expect(quoted(text)).toBe(shown)
  })

  it('leaves short pointers as they are, and cuts each part of long ones', () => {
    expect(quotedPointer('/data/a~1b')).toBe('/data/a~1b')
    expect(quotedPointer(`/data/${'k'.repeat(100)}/x`)).toBe(`/data/${'k'.repeat(63)}…/x`)
    expect(quotedPointer(`/${'~1'.repeat(50)}`)).not.toMatch(/~(?![01])/)
  })

  it('cuts in a sentence only words that are longer than any host name or pointer', () => {
    const said = (length: number) => quotedMessage(`The field ${'x'.repeat(length)}\n is not known`)
    expect(said(299)).toBe(`The field ${'x'.repeat(299)}  is not known`)
    expect(said(300)).toBe(`The field ${'x'.repeat(63)}…  is not known`)
  })

  it('cuts the long names in the message of a library', () => {
    expect(quotedWords(`undefined filter: ${'x'.repeat(500)}, line:1`)).toBe(`undefined filter: ${'x'.repeat(63)}… line:1`)
  })
})
