import { describe, expect, it } from 'vitest'
import { endless, exampleMessage } from '../testing/message.ts'
import { isGsm, phoneIn, smsText } from './sms.ts'

describe('the text of an SMS', () => {
  it('is title, text and address', () => {
    expect(smsText(exampleMessage())).toBe('Build 7 failed\nmain is **red**\nhttps://ci.example/7')
    expect(smsText(exampleMessage({ body: 'see https://ci.example/7' }))).toBe('Build 7 failed\nsee https://ci.example/7')
    expect(smsText(exampleMessage({ title: '', body: ' ', url: 'https://x.test/' }), 10)).toBe('…')
  })

  it('keeps its address whole', () => {
    const text = smsText(exampleMessage({ body: endless() }), 200)
    expect(text.length).toBeLessThanOrEqual(200)
    expect(text.length).toBeGreaterThan(200 - '👩‍👩‍👧‍👦'.length)
    expect(text).toMatch(/…\nhttps:\/\/ci\.example\/7$/)
  })

  it.each([
    ['Hello, Zürich! [1] {2} €', true],
    ['5 ` 3', false],
    ['Привет', false],
    ['fine 👍', false],
  ])('%s is written in the alphabet of phones: %j', (words, expected) => expect(isGsm(words)).toBe(expected))

  it.each([
    ['+49 (170) 123-4567', '+491701234567'],
    ['12025550123', '+12025550123'],
    ['0170123', null],
    ['name', null],
    [undefined, null],
  ])('finds the number in %j', (written, expected) => expect(phoneIn(written)).toBe(expected))
})
