import { expect, it, vi } from 'vitest'
import { healthy } from '../../connections/health.ts'
import type { TargetHealth } from '../../domain/connection.ts'
import { providers } from '../../providers/index.ts'
import { addressesOf, judgeTries, reach } from './connections.ts'

const provider = (id: string) => providers.find((one) => one.id === id)!

it('knows where a connection leads by itself', () => {
  expect(addressesOf(provider('smtp'), { host: 'mail.example.com' }, null)).toEqual([{ host: 'mail.example.com', port: 587, use: 'mail' }])
  expect(addressesOf(provider('smtp'), { host: 'mail.example.com', port: 2525 }, null)).toEqual([{ host: 'mail.example.com', port: 2525, use: 'mail' }])
  expect(addressesOf(provider('ntfy'), {}, null)).toEqual([{ host: 'ntfy.sh', port: 443, use: 'web' }])
  expect(addressesOf(provider('webhook'), {}, null)).toEqual([])
  expect(addressesOf(provider('webhook'), {}, { url: 'http://hooks.example.com:8080/x' })).toEqual([{ host: 'hooks.example.com', port: 8080, use: 'web' }])
})

it('does not follow pictures, which the vendor fetches', () => {
  const settings = { avatar: 'http://10.0.0.1/face.png' }
  expect(addressesOf(provider('discord'), settings, { webhookUrl: 'https://discord.com/api/webhooks/1/x' })).toEqual([
    { host: 'discord.com', port: 443, use: 'web' },
  ])
})

it('asks the guard about the way through the proxy of the connection, which may resolve what the hub cannot', async () => {
  const permits = vi.fn(async () => {})
  const settings = { server: 'https://push.inner', proxy: 'socks5://proxy.example.com:1080' }
  expect(await reach('connection “Push”', { personal: true, settings, destination: null }, provider('gotify'), { permits })).toMatchObject({ status: 'ok' })
  const proxy = expect.objectContaining({ protocol: 'socks5', host: 'proxy.example.com', setBy: 'connection' })
  expect(permits.mock.calls).toEqual([[{ host: 'push.inner', port: 443, use: 'web', proxy }, 'application']])
})

const health = (more: Partial<TargetHealth>): TargetHealth => ({
  ...healthy('con_1'),
  initialFailureAt: 0,
  failures: 1,
  lastError: '535 5.7.8 Bad credentials',
  ...more,
})

it.each([
  ['none', null, null],
  ['healthy again', health({ failures: 0, level: 1 }), null],
  ['one failure', health({}), /^failing: it delivers nothing since 1970.* \(1 failure in a row\); the last error: 535 5\.7\.8 Bad credentials$/],
  ['blocked', health({ blockedUntil: 5000, failures: 3 }), /^blocked until 1970.*3 failures in a row.*535/],
  ['a block that has run out', health({ blockedUntil: 500, failures: 3 }), /^failing: it delivers nothing/],
])('fails for a connection whose last tries failed, with its last error (%s)', (_, known, detail) => {
  const finding = judgeTries('connection “Mail”', 'con_1', known, 1000)
  if (detail === null) expect(finding).toBeNull()
  else expect(finding).toMatchObject({ status: 'failing', detail: expect.stringMatching(detail), remedy: expect.stringContaining('connections test con_1') })
})

it('only warns of a pause that the vendor asked for', () => {
  expect(judgeTries('connection “Mail”', 'con_1', health({ failures: 0, pausedUntil: 5000 }), 1000)).toMatchObject({ status: 'warning' })
})
