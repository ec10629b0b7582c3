import { expect, it } from 'vitest'
import { hostOf, hostsIn, names, portOf } from './named-hosts.ts'

it.each([
  ['https://Ntfy.LAN./alerts', 'ntfy.lan:443'],
  ['http://ntfy.lan/', 'ntfy.lan:80'],
  ['http://ntfy.lan:8080', 'ntfy.lan:8080'],
  ['mqtt://broker.lan', 'broker.lan:1883'],
  ['mqtts://broker.lan', 'broker.lan:8883'],
  ['http://[::ffff:10.0.0.1]:8080/', '10.0.0.1:8080'],
  ['http://[fd00::1]/', '[fd00::1]:80'],
  ['https://bücher.example/', 'xn--bcher-kva.example:443'],
  ['https://user:pw@ntfy.lan/x', 'ntfy.lan:443'],
  ['no address', null],
  ['mailto:ana@example.org', null],
])('%s is at %s', (address, expected) => expect(hostOf(address)).toBe(expected))

it('takes the port of the web where a scheme has none that is known', () => {
  expect(portOf(new URL('ntfys://ntfy.lan/x'))).toBe(80)
})

it('finds every server that settings name, and nothing that is no server', () => {
  expect([
    ...hostsIn({
      server: 'https://ntfy.lan',
      serviceAccount: '{"token_uri":"https://tokens.lan:8443/token","client_email":"a@b"}',
      pushServices: ['push.lan', 'https://push.lan:8443'],
      username: 'mail.lan',
      icon: 'http://pictures.lan/bell.png',
      retries: 3,
    }),
  ]).toEqual(['ntfy.lan:443', 'tokens.lan:8443', 'push.lan:443', 'push.lan:8443'])
  expect([...hostsIn({ host: 'Mail.LAN.', port: 2525, security: 'none' })]).toEqual(['mail.lan:2525'])
  expect([...hostsIn({ host: '::1', port: 2525 })]).toEqual(['[::1]:2525'])
})

it.each([
  [{ url: 'https://hooks.lan/x' }, 'hooks.lan:443', true],
  [{ url: 'https://HOOKS.lan:8443/x' }, 'hooks.lan:8443', true],
  [{ urls: ['json://ok.test/x', 'jsons://ana:pw@hooks.lan./x'] }, 'hooks.lan:443', true],
  [{ settings: { host: 'Hooks.LAN' } }, 'hooks.lan:25', true],
  [{ url: 'https://b\u00fccher.example/x' }, 'xn--bcher-kva.example:443', true],
  [{ url: 'http://[FD00::1]/x' }, '[fd00::1]:80', true],
  [{ url: 'http://0x7f.1/x' }, '127.0.0.1:80', true],
  [{ chatId: '42', webhookUrl: 'https://hooks.lan/x' }, 'api.telegram.org:443', false],
])('says whether %j names %s', (form, server, expected) => expect(names(form, server)).toBe(expected))
