import { expect, it } from 'vitest'
import { linkTarget } from '../../domain/escapes/link-target.ts'
import { escapeMattermost } from '../../domain/escapes/mattermost.ts'
import { endless, exampleMessage } from '../testing/message.ts'
import { attachmentOf, headline, linkLine, markdownNotation } from './attachment.ts'

const notation = markdownNotation(escapeMattermost)

it('escapes data in the title, in fields and in labels, and calls nobody', () => {
  const message = exampleMessage({
    title: '[x](https://evil.test) @all',
    url: 'https://x.test/a b(c)',
    fields: [{ label: '@here', value: '**b**' }],
    actions: [{ label: ']', url: 'https://x.test/)' }],
  })
  expect(headline(message, notation)).toBe('**[\\[x\\]\\(https://evil.test) @\u200ball](https://x.test/a%20b%28c%29)**')
  expect(linkLine(message, 5, notation)).toBe('[\\]](https://x.test/%29)')
  expect(attachmentOf(message, 100, notation)['fields']).toEqual([{ short: true, title: '@\u200bhere', value: '\\*\\*b\\*\\*' }])
})

it('keeps the links whole when the text is cut', () => {
  const { text } = attachmentOf(exampleMessage({ body: endless(), text: endless('x') }), 50, notation)
  expect(text).toBe(`${'x'.repeat(49)}…\n\n[Open](https://ci.example/7/log)`)
})

it('leaves out whole links whose addresses are longer than a post can bear', () => {
  const long = `https://x.test/${'x'.repeat(1000)}`
  const actions = [
    { label: 'Long', url: long },
    { label: 'Short', url: 'https://x.test/' },
  ]
  expect(linkLine(exampleMessage({ actions }), 5, notation)).toBe('[Short](https://x.test/)')
  expect(headline(exampleMessage({ url: long }), notation)).toBe('**Build 7 failed**')
})

it('writes blanks of any alphabet as the bytes of their UTF-8', () => {
  expect(linkTarget('https://x.test/a\u2003b\u00a0c d(é)')).toBe('https://x.test/a%E2%80%83b%C2%A0c%20d%28é%29')
})
