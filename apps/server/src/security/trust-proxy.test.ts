import fastify from 'fastify'
import { expect, it } from 'vitest'
import { trustProxyProblems } from './trust-proxy.ts'

const started = (trustProxy: string): boolean => {
  try {
    fastify({ trustProxy })
    return true
  } catch {
    return false
  }
}

it.each(['10.0.0.1', '10.0.0.0/8', '::1', 'fd00::/8', '10.0.0.1,fd00::1', ' 10.0.0.1 , loopback', 'uniquelocal'])('proxies %s are trusted', (text) => {
  expect(trustProxyProblems(text)).toEqual([])
  expect(started(text)).toBe(true)
})

it.each(['maybe', 'yes', '10.0.0.0/33', '10.0.0.1,,10.0.0.2', 'proxy.lan', '[::1]', '10.0.0.1:80', '10.0.0.1 10.0.0.2'])(
  'proxies %s are refused with the rule, as Fastify would refuse them with a riddle',
  (text) => {
    expect(trustProxyProblems(text)).toEqual([expect.stringMatching(/^must be true, false, or addresses .*; ".*" is neither$/)])
    expect(started(text)).toBe(false)
  },
)

it.each(['1', '2', '10.1'])('a number %s is no proxy, although some parsers take it for an address', (text) => expect(trustProxyProblems(text)).toHaveLength(1))

it('true and false are words', () => expect([...trustProxyProblems('true'), ...trustProxyProblems('false')]).toEqual([]))
