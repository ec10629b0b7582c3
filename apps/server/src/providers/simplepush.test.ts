import { describe, expect, it } from 'vitest'
import { simplepush } from './simplepush.ts'
import { describeProvider } from './testing/describe-provider.ts'
import { pasted, playVendor } from './testing/vendor.ts'

const given = (url: string) => ({ settings: { apiUrl: url }, destination: { key: 's3cret1', event: 'alarm' } })
const formOf = (body: string) => Object.fromEntries(new URLSearchParams(body))

describeProvider(simplepush, {
  given,
  sends: {
    path: '/send',
    form: [
      ['key', 's3cret1'],
      ['event', 'alarm'],
      ['title', 'Build 7 failed'],
      ['msg', 'main is **red**\n\nhttps://ci.example/7'],
    ],
  },
  accepted: { reply: { body: { status: 'OK' } }, receipt: {} },
  failures: { 404: 'misconfigured', 410: 'misconfigured' },
  denied: 'misconfigured',
  limits(request) {
    const { title = '', msg = '' } = formOf(request.body)
    return [
      { text: title, limit: 250, unit: 'chars' },
      { text: msg, limit: 4000, unit: 'chars' },
    ]
  },
})

describe('simplepush', () => {
  const vendor = playVendor(simplepush, given)

  it('writes an address once, whole or not at all', async () => {
    await vendor.send({ body: 'see https://ci.example/7' })
    await vendor.send({ url: `https://x.test/${'a'.repeat(3000)}` })
    expect(vendor.requests().map(({ body }) => formOf(body)['msg'])).toEqual(['see https://ci.example/7', 'main is **red**'])
  })

  it('reads the URL of Apprise', () => {
    expect(pasted(simplepush, 'spush://key?event=alarm')).toEqual({ destination: { key: 'key', event: 'alarm' } })
    expect(pasted(simplepush, 'spush://salt:pw@key')).toMatch(/Encrypted/)
  })
})
