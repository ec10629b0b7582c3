import { describe, expect, it } from 'vitest'
import { notifiarr } from './notifiarr.ts'
import { describeProvider } from './testing/describe-provider.ts'
import { endless } from './testing/message.ts'
import { pasted, playVendor } from './testing/vendor.ts'

const KEY = 's3cret-0a1b-2c3d-4e5f-s3cretkey000'
const given = (url: string) => ({ settings: { apiKey: KEY, apiUrl: url }, destination: { channelId: '1234567890123456789', pingUser: '987654321098765432' } })
interface Post {
  discord: { text: { title: string; description: string; fields: { title: string; text: string }[] } }
}

describeProvider(notifiarr, {
  given,
  sends: {
    path: '/api/v1/notification/passthrough',
    headers: { 'x-api-key': KEY },
    json: {
      notification: { update: false, name: 'Carillon', event: 'dlv_1' },
      discord: {
        color: 'F05050',
        // What JavaScript reads of numbers beyond 2^53; the digits themselves are checked below.
        ping: { pingUser: Number('987654321098765432') },
        text: {
          title: 'Build 7 failed',
          description: 'main is **red**\n\n[Open](https://ci.example/7/log) · https://ci.example/7',
          fields: [{ title: 'Branch', text: 'main', inline: true }],
        },
        ids: { channel: Number('1234567890123456789') },
      },
    },
  },
  accepted: { reply: { body: { result: 'success' } }, receipt: {} },
  exact: true,
  failures: { 400: 'misconfigured', 404: 'misconfigured' },
  denied: 'misconfigured',
  limits(request) {
    const { title, description, fields } = (request.json() as Post).discord.text
    return [
      { text: title, limit: 256, unit: 'chars' },
      { text: description, limit: 4096, unit: 'chars' },
      { text: [title, description, ...fields.flatMap((field) => [field.title, field.text])].join(''), limit: 6000, unit: 'chars' },
    ]
  },
})

describe('notifiarr', () => {
  const vendor = playVendor(notifiarr, given)

  it('writes ids as numbers, digit by digit, whatever the texts hold', async () => {
    await vendor.send({ title: '"\ufdd0123"', body: endless('b') })
    const { body } = vendor.requests()[0]!
    expect(body).toContain('"ids":{"channel":1234567890123456789}')
    expect(body).toContain('"pingUser":987654321098765432')
    expect((JSON.parse(body) as Post).discord.text.title).toBe('"\ufdd0123"')
  })

  it('has a description even when there is no text', async () => {
    await vendor.send({ body: '', actions: [], fields: [], url: '' })
    expect((vendor.requests()[0]!.json() as Post).discord.text.description).toBe('Build 7 failed')
  })

  it('does not believe a 200 that says error, and repeats no key', async () => {
    vendor.answer({ body: { result: 'error', details: { response: `no channel for ${KEY}` } } })
    const error = await vendor.send().catch((thrown: unknown) => thrown)
    expect(error).toMatchObject({ failure: 'misconfigured', code: 'notifiarr_error', message: expect.stringContaining('no channel for …') })
  })

  it('tests the key without a message', async () => {
    await vendor.verify()
    expect(vendor.requests()).toMatchObject([{ method: 'GET', path: '/api/v1/user/validate?event=user', headers: { 'x-api-key': KEY } }])
    vendor.answer(401)
    await expect(vendor.verify()).rejects.toMatchObject({ failure: 'misconfigured' })
  })

  it('reads the URL of Apprise', () => {
    expect(pasted(notifiarr, 'notifiarr://the-key/#123456789012345678')).toEqual({
      settings: { apiKey: 'the-key' },
      destination: { channelId: '123456789012345678' },
    })
    expect(pasted(notifiarr, 'notifiarr://the-key/general')).toMatch(/number of the channel/)
    expect(pasted(notifiarr, 'notifiarr://the-key/1/2')).toMatch(/several channels/)
  })
})
