import { expect, it } from 'vitest'
import { providers } from '../../providers/index.ts'
import { addressesOf } from './connections.ts'

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
