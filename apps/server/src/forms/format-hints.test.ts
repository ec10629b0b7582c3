import { expect, it } from 'vitest'
import { formatHint } from './format-hints.ts'
import { FORMATS } from './formats.ts'

it.each([
  ['email', 'mailto:ada@example.com', 'leave out mailto:'],
  ['email', 'Ada <ada@example.com>', 'give only what stands between < and >'],
  ['email', '"Ada" <ada@example.com>', 'give only what stands between < and >'],
  ['email', ' ada@example.com', 'leave out the blanks at its ends'],
  ['email', 'ada@example.com\n', 'leave out the blanks at its ends'],
  ['email', '"ada@example.com"', 'leave out the quotes'],
  ['email', 'ada@example.com, bob@example.com', 'give one address'],
  ['http-url', ' https://hooks.example.com/a', 'leave out the blanks at its ends'],
  ['http-url', 'hooks.example.com/a', 'it begins with https:// or http://'],
  ['http-url', 'localhost:8090/ada', 'it begins with https:// or http://'],
  ['http-url', '"https://hooks.example.com/a"', 'leave out the quotes'],
  ['http-url', 'https://ada:secret@hooks.example.com/a', 'leave out the user name and password'],
  ['link', 'shop.example.com/orders/5', 'it begins with https:// or http://'],
  ['locale', 'en_US', 'write en-US'],
  ['locale', 'de_CH.UTF-8', 'write de-CH'],
  ['locale', 'English', 'write en'],
  ['locale', 'german', 'write de'],
  ['timezone', 'Europe/Zurch', 'did you mean Europe/Zurich?'],
  ['timezone', 'europe/london', 'did you mean Europe/London?'],
  ['date-time', '2026-05-01T08:00:00', 'its offset is missing'],
  ['date-time', '2026-05-01 08:00:00', 'write T between date and time'],
  ['date-time', '2026-05-01', 'its time and offset are missing'],
])('says how to mend what was pasted as %s: %j', (format, given, words) => {
  expect(FORMATS[format]?.(given)).toBe(false)
  expect(formatHint(format, given)).toContain(words)
})

it.each([
  ['email', 'nobody'],
  ['http-url', 'ftp://example.com'],
  ['locale', 'english please'],
  ['timezone', 'EST'],
  ['date-time', 'tomorrow'],
  ['email', 'x'.repeat(100_000)],
  ['email', 5],
])('says nothing where nothing common is wrong: %s', (format, given) => expect(formatHint(format, given)).toBe(''))

it('never repeats an address, which may hold a token', () => {
  for (const given of ['hooks.example.com/T0KEN', ' https://hooks.example.com/T0KEN', 'https://a:T0KEN@example.com/'])
    expect(formatHint('http-url', given)).not.toContain('T0KEN')
})
