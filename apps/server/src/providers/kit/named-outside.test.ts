import { describe, expect, it } from 'vitest'
import { providers } from '../index.ts'
import { hasNoDot, hostOfContact, whyNotOutside, whyNotReached } from './named-outside.ts'

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

  it('may be a public address where it is only called, and no private one', () => {
    expect(['93.184.216.34', '[2606:2800:220:1::1]', 'example.com', ''].map(whyNotReached)).toEqual([null, null, null, null])
    for (const host of ['127.0.0.1', '[::1]', '10.1.2.3', '172.16.0.1', '192.168.1.7', '169.254.1.1', '100.64.0.1', '[fd00::1]', '[fe80::1]', ...INSIDE])
      expect(whyNotReached(host), host).not.toBeNull()
  })

  it.each(['http://127.0.0.1:8080/bell.png', 'http://pictures/bell.png', 'https://cdn.corp.internal/bell.png', 'http://192.168.1.7/bell.png'])(
    'is advised about at every picture that a connection names: %s',
    (picture) => {
      const named = providers.flatMap(({ id, settings, advise }) =>
        Object.entries(settings.properties).flatMap(([name, field]) =>
          'x-mentioned' in field && name !== 'subject' ? [[id, `/settings/${name}`, advise?.({ settings: { [name]: picture } })] as const] : [],
        ),
      )
      expect(named.map(([id]) => id)).toEqual(expect.arrayContaining(['discord', 'slack', 'mattermost', 'rocketchat', 'bark']))
      for (const [id, pointer, advice] of named) expect(advice, id).toMatchObject([{ pointer, severity: 'warning' }])
      for (const [id, pointer] of named)
        expect(
          providers.find((one) => one.id === id)?.advise?.({ settings: { [pointer.slice('/settings/'.length)]: 'https://cdn.example.com/b.png' } }),
          id,
        ).toEqual([])
    },
  )

  it('is nobody’s business where the vendor’s server stands inside as well', () => {
    const mattermost = providers.find(({ id }) => id === 'mattermost')
    const given = (webhookUrl: string) => mattermost?.advise?.({ settings: { iconUrl: 'http://pictures/bell.png' }, destination: { webhookUrl } })
    expect(given('http://chat.lan/hooks/abc')).toEqual([])
    expect(given('https://chat.example.com/hooks/abc')).toHaveLength(1)
  })

  it('has a dot for vendors that check links', () => {
    expect(['http://bugsink:8000/x', 'http://localhost/'].map(hasNoDot)).toEqual([true, true])
    expect(['http://bugsink.lan/x', 'http://192.0.2.7/', 'http://[::1]/', 'nothing'].map(hasNoDot)).toEqual([false, false, false, false])
  })
})
