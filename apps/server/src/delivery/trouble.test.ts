import { describe, expect, it } from 'vitest'
import { TROUBLES, type Trouble, wordsOf } from '../domain/trouble.ts'
import { DeliveryError } from '../providers/kit/delivery-error.ts'
import { troubleOf } from './trouble.ts'

const cases: [error: DeliveryError, trouble: Trouble][] = [
  ...['dns', 'refused', 'reset', 'timeout', 'network', 'bad_answer'].map((code): [DeliveryError, Trouble] => [
    new DeliveryError('temporary', 'inner:8080', { code }),
    'unreachable',
  ]),
  [new DeliveryError('misconfigured', 'inner:8080', { code: 'tls' }), 'unreachable'],
  ...['web_page', 'redirect'].map((code): [DeliveryError, Trouble] => [new DeliveryError('misconfigured', 'inner:8080', { code }), 'failing']),
  [new DeliveryError('rejected', 'inner:8080 is a private address', { code: 'address_not_allowed' }), 'unreachable'],
  [new DeliveryError('temporary', 'something else', {}), 'unreachable'],
  [new DeliveryError('temporary', 'inner answered 503', { code: 'http_503', status: 503 }), 'failing'],
  [new DeliveryError('temporary', 'inner answered RCPT: 451', { code: 'smtp_451', status: 451 }), 'failing'],
  [new DeliveryError('temporary', 'inner answered 429', { code: 'http_429', status: 429 }), 'busy'],
  [new DeliveryError('misconfigured', 'inner answered 401', { code: 'http_401', status: 401 }), 'settings'],
  [new DeliveryError('unreachable', 'inner answered 410', { code: 'http_410', status: 410 }), 'gone'],
  [new DeliveryError('rejected', 'inner answered 413', { code: 'http_413', status: 413 }), 'refused'],
  [new DeliveryError('temporary', 'The provider failed unexpectedly', { code: 'provider_bug' }), 'ours'],
]

describe('a failure in words for a person', () => {
  it.each(cases.map(([error, trouble]) => [error.failure, error.code, trouble, error] as const))('%s, %s: %s', (_failure, _code, trouble, error) => {
    expect(troubleOf(error)).toBe(trouble)
  })

  it.each(Object.values(TROUBLES))('"%s" names no server, number or term of a protocol', (words) => {
    expect(words).toMatch(/^[a-z][a-z -]+$/)
    expect(words).not.toMatch(/http|smtp|tls|dns|port|rcpt|host|status|connection/i)
  })

  it('that was stored without its kind has words too', () => expect(wordsOf(null)).toBe(TROUBLES.failing))
})
