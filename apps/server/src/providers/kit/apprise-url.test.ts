import { describe, expect, it } from 'vitest'
import { parseAppriseUrl } from './apprise-url.ts'

describe('an Apprise URL', () => {
  it('comes apart into decoded pieces', () => {
    const raw = 'Mailtos://ana%40example.org:p%2Fw:d@smtp.example.com:465/to%40x.example//b?From=Bells%20%3Cb@x.example%3E&name=A+B&+X-Tag=1'
    expect(parseAppriseUrl(raw)).toEqual({
      scheme: 'mailtos',
      secure: true,
      user: 'ana@example.org',
      password: 'p/w:d',
      host: 'smtp.example.com',
      port: 465,
      path: ['to@x.example', 'b'],
      query: new Map([
        ['from', 'Bells <b@x.example>'],
        ['name', 'A B'],
        ['+X-Tag', '1'],
      ]),
      raw,
    })
  })

  it('keeps the case of a token that stands where a host should', () => {
    expect(parseAppriseUrl('discord://4174216298/JHMHI8qBe7bk2ZwO5U711o3dV_js')).toMatchObject({
      host: '4174216298',
      path: ['JHMHI8qBe7bk2ZwO5U711o3dV_js'],
      secure: false,
    })
    expect(parseAppriseUrl('sendgrid://SG.aB:bells@x.example/')).toMatchObject({ user: 'SG.aB', password: 'bells', host: 'x.example', path: [] })
    expect(parseAppriseUrl('tgram://123:ABC/55')).toMatchObject({ host: '123:ABC', path: ['55'] })
  })

  it('names an argument that is given twice with different values, also under its other name', () => {
    expect(parseAppriseUrl('mailto://x.example?to=a&to=b')?.repeated).toEqual(['to'])
    expect(parseAppriseUrl('mailto://x.example?pass=a&password=b')?.repeated).toEqual(['pass'])
    expect(parseAppriseUrl('mailto://x.example?pass=a&password=a')).toMatchObject({ password: 'a', query: new Map() })
    expect(parseAppriseUrl('mailto://x.example?pass=a&password=a')?.repeated).toBeUndefined()
  })

  it.each(['', 'alerts', 'https:/x', '://x', 'json://a b', 'json://%', 'json://h/%zz', 'json://h?a=%'])('is not %j', (text) =>
    expect(parseAppriseUrl(text)).toBeNull(),
  )
})
