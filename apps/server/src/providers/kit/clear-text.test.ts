import { expect, it } from 'vitest'
import { ntfy } from '../ntfy/ntfy.ts'
import { smtp } from '../smtp/smtp.ts'
import { clearTextUrl } from './clear-text.ts'

it.each([
  ['http://mail.example.com', true],
  ['http://8.8.8.8:8080/x', true],
  ['http://[2606:4700::1111]', true],
  ['https://mail.example.com', false],
  ['http://gotify:8080', false],
  ['http://nas.lan', false],
  ['http://hub.internal', false],
  ['http://192.168.1.4', false],
  ['http://127.0.0.1:9', false],
  ['http://[fd00::1]', false],
  ['no address', false],
])('a secret for %s: warned of %s', (address, warned) => {
  expect(clearTextUrl('/settings/server', address, 's3cret').map(({ severity }) => severity)).toEqual(warned ? ['warning'] : [])
  expect(clearTextUrl('/settings/server', address, undefined)).toEqual([])
})

it('mail whose password everybody on the way can read may be sent, by an operator who insists', () => {
  const settings = { host: 'mail.example.com', port: 25, from: 'a@example.com', username: 'u', password: 'p' }
  expect(smtp.check({ settings: { ...settings, security: 'none' } })).toMatchObject([{ pointer: '/settings/security', severity: 'warning' }])
  expect(smtp.check({ settings: { ...settings, security: 'starttls' } })).toEqual([])
  expect(smtp.check({ settings: { ...settings, security: 'none', host: '10.0.0.5' } })).toEqual([])
  expect(smtp.check({ settings: { host: 'mail.example.com', port: 25, from: 'a@example.com', security: 'none' } })).toEqual([])
})

it('so may a token of ntfy’s', () => {
  expect(ntfy.check({ settings: { server: 'http://ntfy.example.com', token: 'tk' } })).toMatchObject([{ pointer: '/settings/server', severity: 'warning' }])
  expect(ntfy.check({ settings: { server: 'http://ntfy.example.com' } })).toEqual([])
})
