import { describe, expect, it } from 'vitest'
import { describeProvider } from './testing/describe-provider.ts'
import { exampleMessage } from './testing/message.ts'
import { pasted, playVendor } from './testing/vendor.ts'
import { zulip } from './zulip.ts'

const given = (url: string) => ({ settings: { site: url, email: 'bells-bot@x.example', apiKey: 's3cret' }, destination: { to: 'alerts', topic: 'CI' } })

describeProvider(zulip, {
  given,
  sends: {
    path: '/api/v1/messages',
    headers: { authorization: `Basic ${Buffer.from('bells-bot@x.example:s3cret').toString('base64')}` },
    form: [
      ['type', 'stream'],
      ['to', 'alerts'],
      ['topic', 'CI'],
      ['content', '**[Build 7 failed](https://ci.example/7)**\n\nmain is **red**\n\n[Open](https://ci.example/7/log)'],
    ],
  },
  accepted: { reply: { body: { result: 'success', id: 42 } }, receipt: { externalId: '42' } },
  exact: true,
  lies: [{ result: 'error' }],
  failures: { 404: 'misconfigured' },
  denied: 'misconfigured',
  limits: (request) => [{ text: new URLSearchParams(request.body).get('content') ?? '', limit: 10_000, unit: 'chars' }],
})

describe('zulip', () => {
  const vendor = playVendor(zulip, (url) => ({ ...given(url), destination: { to: 'alerts' } }))
  const form = (at = 0) => Object.fromEntries(new URLSearchParams(vendor.requests()[at]?.body))

  it.each([
    ['@ana@x.example', '["ana@x.example"]'],
    ['@17', '[17]'],
  ])('writes to %s in person', async (to, expected) => {
    await vendor.send({}, { destination: { to } })
    expect(form()).toMatchObject({ type: 'direct', to: expected })
    expect(form()).not.toHaveProperty('topic')
  })

  it('takes the topic or category of the event for a topic, and keeps to 60 characters', async () => {
    await vendor.send({}, { destination: { to: 'alerts' } })
    expect(form()['topic']).toBe('builds')
    await vendor.send({ event: { ...exampleMessage().event, topic: 't'.repeat(80) } }, { destination: { to: 'alerts' } })
    expect(form(1)['topic']).toBe(`${'t'.repeat(59)}…`)
  })

  it.each([
    [
      400,
      { result: 'error', code: 'STREAM_DOES_NOT_EXIST' },
      { failure: 'misconfigured', scope: 'message', code: 'zulip_STREAM_DOES_NOT_EXIST', field: '/destination/to' },
    ],
    [400, { result: 'error', code: 'BAD_REQUEST', msg: 'Malformed' }, { failure: 'rejected', message: expect.stringMatching(/: Malformed$/) }],
    [401, { result: 'error', code: 'UNAUTHORIZED' }, { failure: 'misconfigured', scope: 'target' }],
    [429, { result: 'error', code: 'RATE_LIMIT_HIT', 'retry-after': 28.7 }, { failure: 'temporary', retryAfterMs: 28_700 }],
    [200, { result: 'error', code: 'STREAM_DOES_NOT_EXIST' }, { failure: 'misconfigured' }],
    [200, { result: 'error' }, { failure: 'rejected', code: 'zulip_error' }],
  ])('reads %i %j', async (status, body, expected) => {
    vendor.answer({ status, body })
    await expect(vendor.send()).rejects.toMatchObject(expected)
  })

  it('waits as long as the header says, before the body', async () => {
    vendor.answer({ status: 429, headers: { 'retry-after': '5' }, body: { result: 'error', code: 'RATE_LIMIT_HIT', 'retry-after': 28.7 } })
    await expect(vendor.send()).rejects.toMatchObject({ failure: 'temporary', retryAfterMs: 5_000 })
  })

  it('tests the key without a message', async () => {
    await vendor.verify()
    expect(vendor.requests()).toMatchObject([{ method: 'GET', path: '/api/v1/users/me' }])
    vendor.answer(401)
    await expect(vendor.verify()).rejects.toMatchObject({ failure: 'misconfigured' })
  })

  it('knows a person from a channel', () => {
    expect(zulip.check({ destination: { to: '@nobody' } })).toMatchObject([{ pointer: '/destination/to' }])
    expect(zulip.check({ destination: { to: 'nobody' } })).toEqual([])
  })

  it('reads the URL of Apprise', () => {
    expect(pasted(zulip, 'zulip://bells@example/key/alerts')).toEqual({
      settings: { site: 'https://example.zulipchat.com', email: 'bells-bot@example.zulipchat.com', apiKey: 'key' },
      destination: { to: 'alerts' },
    })
    expect(pasted(zulip, 'zulip://b-bot@chat.x.example/key/ana%40x.example')).toEqual({
      settings: { site: 'https://chat.x.example', email: 'b-bot@chat.x.example', apiKey: 'key' },
      destination: { to: '@ana@x.example' },
    })
    expect(pasted(zulip, 'zulip://example/key')).toMatch(/botname@organization/)
    expect(pasted(zulip, 'zulip://b@example/key')).toMatch(/no channel/)
    expect(pasted(zulip, 'zulip://b@example/key/a/b')).toMatch(/several targets/)
  })
})
