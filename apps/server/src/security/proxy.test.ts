import { expect, it } from 'vitest'
import { parseProxy } from './proxy.ts'

const anonymous = { username: '', password: '' }

it.each([
  ['http://proxy.example.com', { protocol: 'http', host: 'proxy.example.com', port: 80, ...anonymous }],
  ['https://proxy.example.com/', { protocol: 'https', host: 'proxy.example.com', port: 443, ...anonymous }],
  ['socks5://proxy.example.com', { protocol: 'socks5', host: 'proxy.example.com', port: 1080, ...anonymous }],
  ['socks5://PROXY.example.com.:9050', { protocol: 'socks5', host: 'proxy.example.com', port: 9050, ...anonymous }],
  ['http://[2001:db8::1]:3128', { protocol: 'http', host: '2001:db8::1', port: 3128, ...anonymous }],
  ['http://ana:p%40ss%3Aw%C3%B6rd@10.0.0.1:3128', { protocol: 'http', host: '10.0.0.1', port: 3128, username: 'ana', password: 'p@ss:wörd' }],
  [`socks5://${'u'.repeat(255)}:${'p'.repeat(255)}@10.0.0.1`, { protocol: 'socks5', port: 1080, username: 'u'.repeat(255), password: 'p'.repeat(255) }],
])('the proxy %s is read', (text, expected) => {
  expect(parseProxy(text, 'operator')).toMatchObject({ ...expected, setBy: 'operator' })
})

it.each([
  ['http://ana:s3cret@proxy.example.com/pac', 'must end after the port'],
  ['http://ana:s3cret@proxy.example.com?x', 'must end after the port'],
  ['http://ana:s3cret@proxy.example.com#x', 'must end after the port'],
  ['socks5://', 'must name the host of the proxy'],
  ['socks5:proxy.example.com', 'must name the host of the proxy'],
  ['socks4://ana:s3cret@proxy.example.com', 'must begin with'],
  ['http://proxy.example.com:99999', 'must begin with'],
  [`socks5://ana:s3cret${'p'.repeat(250)}@proxy.example.com`, 'at most 255 bytes'],
  [`socks5://${'é'.repeat(128)}:s3cret@proxy.example.com`, 'at most 255 bytes'],
])('the proxy %s is refused, without its words', (text, why) => {
  const refused = parseProxy(text, 'operator')
  expect(refused).toEqual(expect.stringContaining(why))
  expect(refused).not.toContain('s3cret')
})
