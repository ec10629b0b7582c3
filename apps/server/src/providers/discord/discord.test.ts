import { afterAll, afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { JsonObject } from '../../domain/json.ts'
import type { Message } from '../../domain/message.ts'
import { createRenderer } from '../../rendering/render.ts'
import { inputFor, orderShipped } from '../../rendering/testing/input.ts'
import { createOutbound, parseAllowList } from '../../security/outbound.ts'
import { createHttp } from '../kit/http.ts'
import { describeProvider } from '../testing/describe-provider.ts'
import { endless, exampleMessage, NOW } from '../testing/message.ts'
import { type Receiver, startReceiver } from '../testing/receiver.ts'
import { discord } from './discord.ts'

const TOKEN = 's3cret-token_of-a-webhook'
const HOOK = `https://discord.com/api/webhooks/1234567890123456789/${TOKEN}`

interface Embed {
  title: string
  description: string
  footer: { text: string }
  fields: { name: string; value: string }[]
}
const embedOf = (body: unknown) => (body as { embeds: Embed[] }).embeds[0]!

describeProvider(discord, {
  given: (url) => ({ settings: { apiUrl: url, username: 'Carillon' }, destination: { webhookUrl: HOOK, threadId: '987654321098765432' } }),
  denied: 'misconfigured',
  sends: {
    path: `/api/v10/webhooks/1234567890123456789/${TOKEN}?wait=true&thread_id=987654321098765432`,
    json: {
      username: 'Carillon',
      allowed_mentions: { parse: [] },
      embeds: [
        {
          title: 'Build 7 failed',
          description: 'main is **red**\n\n[Open](https://ci.example/7/log)',
          url: 'https://ci.example/7',
          color: 15749200,
          timestamp: '2026-11-20T10:00:00.000Z',
          footer: { text: 'Bells' },
          fields: [{ name: 'Branch', value: 'main', inline: true }],
        },
      ],
    },
  },
  accepted: { reply: { body: { id: '1100000000000000001' } }, receipt: { externalId: '1100000000000000001' } },
  // An empty 403 is Cloudflare's wall, not Discord's word; a webhook URL is its own credential.
  failures: { 401: 'unreachable', 403: 'temporary' },
  limits(request) {
    const { title, description, footer, fields } = embedOf(request.json())
    const all = [title, description, footer.text, ...fields.flatMap(({ name, value }) => [name, value])].join('')
    return [
      { text: title, limit: 256, unit: 'chars' },
      { text: description, limit: 4096, unit: 'chars' },
      ...fields.flatMap(({ name, value }) => [
        { text: name, limit: 256, unit: 'chars' as const },
        { text: value, limit: 1024, unit: 'chars' as const },
      ]),
      { text: all, limit: 6000, unit: 'chars' },
    ]
  },
})

describe('discord', () => {
  let server: Receiver
  const http = createHttp({ outbound: createOutbound({ allow: parseAllowList('127.0.0.1') }), clock: () => NOW })
  beforeEach(async () => {
    server = await startReceiver()
  })
  afterEach(() => server.close())
  afterAll(() => http.close())
  const send = (message: Partial<Message> = {}, destination: JsonObject = { webhookUrl: HOOK }) =>
    discord.send({
      settings: { apiUrl: server.url },
      destination,
      message: exampleMessage(message),
      delivery: { id: 'dlv_1', attempt: 1, createdAt: NOW },
      http,
      clock: () => NOW,
    })

  it('ends a long bold text in its sign and in the link, whole', async () => {
    const { message } = createRenderer({ baseUrl: 'https://hub.test', instance: { name: 'Bells' } })
    const type = orderShipped({ default: { title: 'x', body: '**{{ data.b }}**', actions: [{ label: 'Open', url: 'https://ci.example/7' }] } })
    await send(message(inputFor(type, { b: 'a'.repeat(5_000) }, { channel: 'discord', format: 'discord', limits: discord.capabilities })))
    const { description } = embedOf(server.requests[0]?.json())
    expect(description).toMatch(/^\*\*a+…\*\*\n\n\[Open\]\(https:\/\/ci\.example\/7\)$/)
    expect(description).toHaveLength(4096)
  })

  it('leaves out empty fields and fields that would burst the 6000 characters, and keeps the text', async () => {
    const fields = [{ label: '', value: 'x' }, { label: 'x', value: ' ' }, ...Array.from({ length: 30 }, (_, i) => ({ label: `f${i}`, value: endless('v') }))]
    await send({ body: endless('b'), fields, actions: [] })
    const embed = embedOf(server.requests[0]?.json())
    expect(embed.description).toHaveLength(4096)
    expect(embed.fields.map(({ name }) => name)).toEqual(['f0'])
  })

  it.each([
    [400, { code: 50035 }, { failure: 'rejected', code: 'discord_50035' }],
    [400, { code: 220001 }, { failure: 'misconfigured', field: '/destination/threadId' }],
    [400, { code: 220002 }, { failure: 'misconfigured', field: '/destination/threadId' }],
    [400, { code: 220003 }, { failure: 'misconfigured', field: '/destination/threadId' }],
    [400, { code: 220004 }, { failure: 'misconfigured', field: '/destination/threadId' }],
    [401, { code: 50027 }, { failure: 'unreachable' }],
    [403, { code: 50013 }, { failure: 'misconfigured' }],
    [404, { code: 10015 }, { failure: 'unreachable' }],
    [404, { code: 10003 }, { failure: 'misconfigured' }],
    [413, { code: 40005 }, { failure: 'rejected' }],
    [404, { message: 'Unknown Webhook', code: 10015 }, { failure: 'unreachable', message: expect.stringMatching(/answered 404: Unknown Webhook$/) }],
    [429, { message: 'slow down', retry_after: 3.2, global: false }, { failure: 'temporary', retryAfterMs: 3_200, throttled: 'target' }],
    [429, { message: 'slow down', retry_after: 3.2, global: true }, { failure: 'temporary', retryAfterMs: 3_200, throttled: 'connection' }],
    [502, {}, { failure: 'temporary' }],
  ])('reads %i %j', async (status, body, expected) => {
    server.respond({ status, body })
    await expect(send()).rejects.toMatchObject(expected)
  })

  it('waits for the longest that any of the three places asks for', async () => {
    server.respond({ status: 429, headers: { 'retry-after': '2', 'x-ratelimit-reset-after': '7.5' }, body: { retry_after: 3 } })
    await expect(send()).rejects.toMatchObject({ retryAfterMs: 7_500 })
  })

  it.each([
    [{ 'x-ratelimit-global': 'true' }, 'connection'],
    [{ 'x-ratelimit-scope': 'global' }, 'connection'],
    [{ 'x-ratelimit-scope': 'user' }, 'target'],
    [{ 'x-ratelimit-scope': 'shared' }, 'target'],
  ])('reads in %j whom the limit concerns', async (headers, throttled) => {
    server.respond({ status: 429, headers: { ...headers, 'retry-after': '2' }, body: { retry_after: 2 } })
    await expect(send()).rejects.toMatchObject({ failure: 'temporary', throttled, retryAfterMs: 2_000 })
  })

  it.each([403, 429])('stays away with all webhooks for a quarter of an hour when Cloudflare shows its page with %i', async (status) => {
    server.respond({ status, body: '<html>error code: 1015</html>' })
    await expect(send()).rejects.toMatchObject({
      failure: 'temporary',
      retryAfterMs: 900_000,
      throttled: 'connection',
      message: expect.not.stringContaining('<'),
    })
  })

  it.each([
    'https://discord.com/api/webhooks/1/short',
    'https://evil.example/api/webhooks/1234567890123456789/abcdefghijklmnopqrstuvwxyz',
    'http://discord.com/api/webhooks/1234567890123456789/abcdefghijklmnopqrstuvwxyz',
    'https://discord.com@evil.example/api/webhooks/1234567890123456789/abcdefghijklmnopqrstuvwxyz',
  ])('takes %s for no webhook, when saved and when sent', async (webhookUrl) => {
    expect(discord.check({ destination: { webhookUrl } })).toMatchObject([{ pointer: '/destination/webhookUrl' }])
    await expect(send({}, { webhookUrl })).rejects.toMatchObject({ failure: 'unreachable', code: 'destination' })
    expect(server.requests).toEqual([])
  })

  it('knows a webhook by id and token, whatever host and version it was copied with', () => {
    const same = (webhookUrl: string) => discord.sameAddress({ webhookUrl })
    expect(same(`https://ptb.discord.com/api/v9/webhooks/1234567890123456789/${TOKEN}`)).toBe(same(HOOK))
  })

  it.each(['My Discord bot', 'CLYDE'])('refuses the shown name %s, as Discord does', (username) => {
    expect(discord.check({ settings: { username } })).toMatchObject([{ pointer: '/settings/username' }])
  })
})
