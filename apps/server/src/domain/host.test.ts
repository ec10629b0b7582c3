import { describe, expect, it } from 'vitest'
import { shownAddress, shownHost, shownUrl } from './host.ts'

describe('a host that is shown', () => {
  it.each([
    ['Cyrillic letters alone', 'аррӏе.com', 'xn--80ak6aa92e.com'],
    ['one Cyrillic letter', 'exаmple.com', 'xn--exmple-4nf.com'],
    ['Greek', 'gοοgle.com', /^xn--.*\.com$/],
    ['Armenian', 'gօօgle.com', /^xn--.*\.com$/],
    ['a dotless i', 'wıkı.example', /^xn--.*\.example$/],
    ['two scripts', 'bank日本.example', /^xn--.*\.example$/],
    ['a sign like a slash', 'exampleノlogin.example', /^xn--.*\.example$/],
    ['a label below others', 'login.exаmple.com', 'login.xn--exmple-4nf.com'],
  ])('is in ASCII where it is taken for another: %s', (_name, host, shown) => {
    expect(shownHost(host)).toMatch(shown)
    expect(new URL(`http://${shownHost(host)}`).hostname, 'the same host').toBe(new URL(`http://${host}`).hostname)
  })

  it.each([
    'example.com',
    'xn--80ak6aa92e.com',
    'müller.example',
    'crème-brûlée.example',
    'łódź.example',
    'phở.example',
    '日本語.example',
    '한국.example',
    'موقع.example',
    '127.0.0.1',
    '[::1]',
  ])('stays as it is: %s', (host) => expect(shownHost(host)).toBe(host))

  it('in addresses and URLs is all that changes', () => {
    expect(shownAddress('Иван@exаmple.com')).toBe('Иван@xn--exmple-4nf.com')
    expect(shownAddress('jürgen@müller.example')).toBe('jürgen@müller.example')
    expect(shownAddress('no address а')).toBe('no address а')
    expect(shownUrl('https://exаmple.com:8443/дом?имя=а#б')).toBe('https://xn--exmple-4nf.com:8443/дом?имя=а#б')
    expect(shownUrl('ntfys://user@exаmple.com/topic')).toBe('ntfys://user@xn--exmple-4nf.com/topic')
    expect(shownUrl('/дом')).toBe('/дом')
    expect(shownUrl('Привет')).toBe('Привет')
  })
})
