import { describe, expect, it } from 'vitest'
import { providers } from '../index.ts'
import { hasNoDot, hostOfContact, whyNotOutside } from './named-outside.ts'

const INSIDE = [
  ...['hub.invalid', 'mail.test', 'shop.example', 'localhost', 'x.localhost', 'printer.local', 'db.internal', 'nas.home.arpa', 'x.onion', 'a.lan'],
  ...['carillon', '192.0.2.7', '[2001:db8::1]', 'HUB.INVALID', 'hub.invalid.'],
]
const OUTSIDE = ['example.com', 'hub.example.org', 'bücher.de', 'test.de', 'local.net', 'invalid.io']

describe('a name for others', () => {
  it.each(INSIDE)('cannot be %s', (host) => expect(whyNotOutside(host)).not.toBeNull())
  it.each(OUTSIDE)('may be %s', (host) => expect(whyNotOutside(host)).toBeNull())

  it('is read from a mail address, a contact or a URL', () => {
    expect(['mailto:ops@hub.invalid', 'https://hub.invalid:8443/x', 'ops@hub.invalid', 'mailto:a@hub.invalid?subject=x'].map(hostOfContact)).toEqual(
      Array(4).fill('hub.invalid'),
    )
  })

  it.each(INSIDE)('gives advice at every field that others look up, and none that insists: %s', (host) => {
    const given = (id: string, settings: object) => {
      const provider = providers.find((one) => one.id === id)!
      return provider.advise?.({ settings: { ...settings } }).map(({ pointer, severity }) => [pointer, severity]) ?? []
    }
    const name = host.replace(/\.$/, '')
    expect(given('web_push', { subject: `mailto:ops@${name}` })).toEqual([['/settings/subject', 'warning']])
    expect(given('web_push', { subject: `https://${name}/contact` })).toEqual([['/settings/subject', 'warning']])
    if (!/^[[\d]/.test(name))
      expect(given('smtp', { from: `Hub <hub@${name}>`, helloName: name })).toEqual([
        ['/settings/from', 'warning'],
        ['/settings/helloName', 'warning'],
      ])
    for (const { id } of providers.filter(({ channel, settings }) => channel === 'email' && 'from' in settings.properties))
      if (!/^[[\d]/.test(name)) expect(given(id, { from: `hub@${name}` }), id).toEqual([['/settings/from', 'warning']])
  })

  it('has a dot for vendors that check links', () => {
    expect(['http://bugsink:8000/x', 'http://localhost/'].map(hasNoDot)).toEqual([true, true])
    expect(['http://bugsink.lan/x', 'http://192.0.2.7/', 'http://[::1]/', 'nothing'].map(hasNoDot)).toEqual([false, false, false, false])
  })
})
