import { expect, it } from 'vitest'
import { isDateTime, isEmail, isHttpUrl, isLink, isLocale, isTimezone } from './formats.ts'

it.each([
  ['2026-05-01T08:00:00Z', true],
  ['2026-05-01T08:00:00.123+02:00', true],
  ['2028-02-29T00:00:00-11:30', true],
  ['2026-05-01T08:00:00', false],
  ['2026-05-01', false],
  ['2026-02-30T08:00:00Z', false],
  ['2026-13-01T08:00:00Z', false],
  ['2026-05-01T24:00:00Z', false],
  ['2026-05-01T08:00:00+0200', false],
  ['1 May 2026', false],
])('date-time %s: %s', (text, valid) => {
  expect(isDateTime(text)).toBe(valid)
})

it.each([
  ['Europe/Zurich', true],
  ['UTC', true],
  ['Asia/Kolkata', true],
  ['Asia/Calcutta', true],
  ['EST', false],
  ['+05:30', false],
  ['Europe/Atlantis', false],
  ['', false],
])('timezone %s: %s', (text, valid) => {
  expect(isTimezone(text)).toBe(valid)
})

it.each([
  ['fr-CA', true],
  ['zh-Hant-TW', true],
  ['en', true],
  ['english please', false],
  ['english', false],
  ['Deutsch', false],
  ['gsw', true],
  ['e', false],
  ['', false],
])('locale %s: %s', (text, valid) => {
  expect(isLocale(text)).toBe(valid)
})

it.each([
  ['https://example.com/a?b=c', true],
  ['http://127.0.0.1:8080/', true],
  ['http://[::1]/', true],
  ['https://user:pass@example.com/', false],
  ['javascript:alert(1)', false],
  ['ftp://example.com/', false],
  ['//example.com', false],
  ['https://', false],
  ['https://example.com/\r\nx', false],
  ['http:\\\\example.com', false],
])('http-url %s: %s', (text, valid) => {
  expect(isHttpUrl(text)).toBe(valid)
})

it.each([
  ['ann@example.com', true],
  ['ann+tag@mail.example.co.uk', true],
  ['jürg@example.com', true],
  [`${'ü'.repeat(33)}@example.com`, false],
  ['ann@bücher.example', true],
  ['Ann <ann@example.com>', false],
  ['ann@example.com\r\nBcc: x@y.z', false],
  ['ann@@example.com', false],
  ['@example.com', false],
  [`${'a'.repeat(65)}@example.com`, false],
])('email %s: %s', (text, valid) => {
  expect(isEmail(text)).toBe(valid)
})

it.each([
  ['https://a.example/x', true],
  ['/orders/5?a=b#c', true],
  ['/', true],
  ['//evil.example', false],
  ['/\\evil.example', false],
  ['/a\tb', false],
  ['/a b', false],
  ['orders/5', false],
  ['www.example.com', false],
  ['mailto:a@b.cc', false],
  ['', false],
])('link %s: %s', (text, valid) => {
  expect(isLink(text)).toBe(valid)
})
