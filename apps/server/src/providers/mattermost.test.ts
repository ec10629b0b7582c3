import { describe, expect, it } from 'vitest'
import { mattermost } from './mattermost.ts'
import { describeProvider } from './testing/describe-provider.ts'
import { pasted, playVendor } from './testing/vendor.ts'

const given = (url: string) => ({
  settings: { username: 'Carillon', iconEmoji: 'bell' },
  destination: { webhookUrl: `${url}/chat/hooks/s3cretkeys3cretkeys3cretke`, channel: 'ops' },
})
interface Post {
  text: string
  attachments: { text: string; fallback: string; fields: { title: string; value: string }[] }[]
}

describeProvider(mattermost, {
  given,
  sends: {
    path: '/chat/hooks/s3cretkeys3cretkeys3cretke',
    json: {
      username: 'Carillon',
      icon_emoji: 'bell',
      channel: 'ops',
      text: '**[Build 7 failed](https://ci.example/7)**',
      attachments: [
        {
          fallback: 'Build 7 failed',
          color: '#d63a2f',
          text: 'main is **red**\n\n[Open](https://ci.example/7/log)',
          fields: [{ short: true, title: 'Branch', value: 'main' }],
        },
      ],
    },
  },
  plain: /\/fallback$/,
  accepted: { reply: { body: 'ok' }, receipt: {} },
  exact: true,
  lies: ['no', 'OK', { id: 'web.incoming_webhook.invalid.app_error', status_code: 400 }],
  limits(request) {
    const { text, attachments } = request.json() as Post
    const all = [text, ...attachments.flatMap((one) => [one.text, one.fallback, ...one.fields.flatMap(({ title, value }) => [title, value])])].join('')
    return [{ text: all, limit: 16_383, unit: 'chars' }]
  },
})

describe('mattermost', () => {
  const vendor = playVendor(mattermost, given)

  it.each([
    [400, { id: 'web.incoming_webhook.invalid.app_error', status_code: 400 }, 'unreachable'],
    [400, { id: 'web.incoming_webhook.channel.app_error', status_code: 404 }, 'misconfigured'],
    [400, { id: 'web.incoming_webhook.parse.app_error' }, 'rejected'],
    [403, { id: 'web.incoming_webhook.permissions.app_error' }, 'misconfigured'],
    [400, { id: 'web.incoming_webhook.user.app_error' }, 'misconfigured'],
    [500, { id: 'web.incoming_webhook.text.length.app_error' }, 'rejected'],
    [501, { id: 'web.incoming_webhook.disabled.app_error' }, 'misconfigured'],
    [501, {}, 'misconfigured'],
    [200, { id: 'web.incoming_webhook.invalid.app_error', status_code: 400 }, 'unreachable'],
    [200, { id: 'something.else', status_code: 500 }, 'temporary'],
  ])('reads %i %j', async (status, body, failure) => {
    vendor.answer({ status, body })
    await expect(vendor.send()).rejects.toMatchObject({ failure, status })
  })

  it('tells what the server says, and takes a limit for no illness', async () => {
    vendor.answer({ status: 400, body: { id: 'x', message: 'Invalid webhook', status_code: 400 } })
    await expect(vendor.send()).rejects.toMatchObject({ message: `${vendor.url()} answered 400: Invalid webhook` })
    vendor.answer({ status: 200, body: { id: 'x', message: 'Slow down', status_code: 429 } })
    await expect(vendor.send()).rejects.toMatchObject({ failure: 'temporary', throttled: 'target', message: expect.stringContaining(': Slow down') })
    vendor.answer({ status: 429, body: 'limit exceeded' })
    await expect(vendor.send()).rejects.toMatchObject({ throttled: 'target', message: expect.stringContaining(': limit exceeded') })
  })

  it('blames the channel where the server does', async () => {
    vendor.answer({ status: 404, body: { id: 'web.incoming_webhook.channel.app_error' } })
    await expect(vendor.send()).rejects.toMatchObject({ field: '/destination/channel' })
  })

  it.each(['https://chat.example/api/v4/posts', 'https://user@chat.example/hooks/abc', 'ftp://chat.example/hooks/abc'])(
    'takes %s for no webhook',
    (webhookUrl) => {
      expect(mattermost.check({ destination: { webhookUrl } })).toMatchObject([{ pointer: '/destination/webhookUrl' }])
    },
  )

  it('reads the URL of Apprise', () => {
    expect(pasted(mattermost, 'mmosts://Bells@chat.example:8443/sub/abc123?channel=%23ops')).toEqual({
      settings: { username: 'Bells' },
      destination: { webhookUrl: 'https://chat.example:8443/sub/hooks/abc123', channel: 'ops' },
    })
    expect(pasted(mattermost, 'mmost://chat.example/abc123')).toEqual({ destination: { webhookUrl: 'http://chat.example/hooks/abc123' } })
    expect(pasted(mattermost, 'mmost://chat.example')).toMatch(/key of the webhook/)
  })
})
