import { describe, expect, it } from 'vitest'
import type { JsonObject } from '../domain/json.ts'
import { createRenderer } from '../rendering/render.ts'
import { inputFor, orderShipped } from '../rendering/testing/input.ts'
import { telegram } from './telegram.ts'
import { describeProvider } from './testing/describe-provider.ts'
import { endless } from './testing/message.ts'
import { pasted, playVendor } from './testing/vendor.ts'

const TOKEN = '123456789:s3cret-s3cret-s3cret-s3cret-s3cr3t'
const given = (url: string) => ({ settings: { botToken: TOKEN, apiUrl: url }, destination: { chatId: '-1001234567890', threadId: 7 } })
interface Post {
  chat_id: string
  text: string
  parse_mode?: string
}
/** What Telegram counts: the text once tags and entities are gone. */
const parsed = (html: string) => html.replace(/<[^>]+>/g, '').replace(/&(amp|lt|gt|quot);/g, '&')

describeProvider(telegram, {
  given,
  sends: {
    path: `/bot${TOKEN}/sendMessage`,
    json: {
      chat_id: '-1001234567890',
      message_thread_id: 7,
      disable_notification: false,
      link_preview_options: { is_disabled: true },
      text: '<b><a href="https://ci.example/7">Build 7 failed</a></b>\n\nmain is **red**\n\n<a href="https://ci.example/7/log">Open</a>',
      parse_mode: 'HTML',
    },
  },
  accepted: { reply: { body: { ok: true, result: { message_id: 42 } } }, receipt: { externalId: '42' } },
  exact: true,
  lies: [{ ok: false, error_code: 400 }],
  failures: { 404: 'misconfigured' },
  denied: 'misconfigured',
  limits: (request) => [{ text: parsed((request.json() as Post).text), limit: 4096, unit: 'chars' }],
})

describe('telegram', () => {
  const vendor = playVendor(telegram, given)
  const { message } = createRenderer({ baseUrl: 'https://hub.test', instance: { name: 'Bells' } })
  const rendered = (body: string, data: JsonObject) => {
    const input = inputFor(orderShipped({ default: { title: 'x', body } }), data, { channel: 'telegram', format: 'telegram', limits: telegram.capabilities })
    return message({ ...input, event: { ...input.event, url: 'https://ci.example/7' } })
  }

  it('sends as much as can be seen: tags and entities are not counted', async () => {
    for (const b of ['a'.repeat(3_800), '<&'.repeat(1_900), '👍'.repeat(1_900)]) await vendor.send(rendered('{{ data.b }}', { b }))
    await vendor.send(rendered('**{{ data.b }}** '.repeat(900), { b: 'a' }))
    expect(posts().map(({ text }) => parsed(text).length)).toEqual([3803, 3803, 3803, 1 + 2 + 900 * 2 - 1])
    await vendor.send(rendered('**{{ data.b }}**', { b: '<'.repeat(5_000) }))
    expect(posts().at(-1)?.text).toMatch(/\n\n<b>(&lt;)+…<\/b>$/)
    expect(parsed(posts().at(-1)?.text ?? '').length).toBe(4_096)
  })

  it('keeps below what Telegram takes with tags and addresses, and leaves out a link that would fill it', async () => {
    await vendor.send(rendered('**{{ data.b }}** '.repeat(1_500), { b: 'a' }))
    const [{ text } = { text: '' }] = posts()
    expect(text.length).toBeLessThanOrEqual(9_500)
    expect(text).toMatch(/<b>a(<\/b>…|…<\/b>)$/)
    const actions = ['x'.repeat(3_200), 'short'].map((path) => ({ label: 'Open', url: `https://x.test/${path}` }))
    await vendor.send({ actions })
    expect(posts()[1]?.text).toMatch(/\n\n<a href="https:\/\/x\.test\/short">Open<\/a>$/)
  })

  const posts = () => vendor.requests().map((request) => request.json() as Post)

  it('is silent when the person or the message says so, and shows a picture', async () => {
    await vendor.send({ priority: 'low', image: 'https://x.test/i.png' })
    await vendor.send({}, { destination: { silent: true } })
    expect(posts()[0]).toMatchObject({ disable_notification: true, link_preview_options: { url: 'https://x.test/i.png' } })
    expect(posts()[1]).toMatchObject({ disable_notification: true })
  })

  it('keeps its markup whole however long and hostile the texts are', async () => {
    const hostile = endless('<b>&"👩‍👩‍👦')
    await vendor.send({
      title: hostile,
      body: hostile,
      text: hostile,
      actions: Array.from({ length: 9 }, () => ({ label: hostile, url: 'https://x.test/?a=1&b="' })),
    })
    const { text } = posts()[0]!
    expect(text.length).toBeLessThanOrEqual(9500)
    expect(parsed(text).length).toBeLessThanOrEqual(4096)
    expect(text.replace(/<\/?(b|a)( href="https:\/\/[^"<>]*")?>/g, '').replace(/&(amp|lt|gt|quot);/g, '')).not.toMatch(/[<>&"]/)
  })

  it('follows a group that became a supergroup, once, and says so', async () => {
    vendor.answers(
      { status: 400, body: { ok: false, error_code: 400, description: 'Bad Request: group chat was upgraded', parameters: { migrate_to_chat_id: -100987 } } },
      { body: { ok: true, result: { message_id: 5 } } },
    )
    expect(await vendor.send()).toEqual({ externalId: '5', note: 'The group has become -100987; change the chat id' })
    expect(posts().map((post) => post.chat_id)).toEqual(['-1001234567890', '-100987'])
  })

  it('falls back to plain text when Telegram cannot read our HTML', async () => {
    vendor.answers({ status: 400, body: { ok: false, error_code: 400, description: "Bad Request: can't parse entities: x" } }, { body: { ok: true } })
    await vendor.send({ text: 'a < b, @somebody' })
    expect(posts()[1]).toMatchObject({ text: 'Build 7 failed\n\na < b, @\u200bsomebody' })
    expect(posts()[1]).not.toHaveProperty('parse_mode')
  })

  it.each([
    [400, 'Bad Request: chat not found', 'unreachable', 'message'],
    [400, 'Bad Request: message thread not found', 'misconfigured', 'message'],
    [400, 'Bad Request: TOPIC_CLOSED', 'misconfigured', 'message'],
    [400, 'Bad Request: not enough rights to send text messages to the chat', 'misconfigured', 'message'],
    [400, 'Bad Request: user not found', 'unreachable', 'message'],
    [400, 'Bad Request: PEER_ID_INVALID', 'unreachable', 'message'],
    [400, 'Bad Request: group chat was deactivated', 'unreachable', 'message'],
    [400, "Bad Request: bot can't send messages to bots", 'unreachable', 'message'],
    // The bot may be in the group and not be allowed to write: its owner repairs that.
    [403, 'Forbidden: not enough rights to send text messages to the chat', 'misconfigured', 'message'],
    [400, 'Bad Request: message is too long', 'rejected', 'message'],
    [401, 'Unauthorized', 'misconfigured', 'target'],
    [403, 'Forbidden: bot was blocked by the user', 'unreachable', 'message'],
    [403, 'Forbidden: bot was kicked from the supergroup chat', 'unreachable', 'message'],
    [403, "Forbidden: bot can't initiate conversation with a user", 'unreachable', 'message'],
    [404, 'Not Found', 'misconfigured', 'target'],
    [413, 'Request Entity Too Large', 'rejected', 'message'],
    [502, 'Bad Gateway', 'temporary', 'target'],
  ])('reads %i %s', async (status, description, failure, scope) => {
    vendor.answer({ status, body: { ok: false, error_code: status, description } })
    await expect(vendor.send()).rejects.toMatchObject({ failure, scope, message: `${vendor.url()} answered ${status}: ${description}` })
    vendor.answer({ body: { ok: false, error_code: status, description } })
    await expect(vendor.send(), 'a 200 that lies').rejects.toMatchObject({ failure, scope, message: expect.stringContaining(description) })
  })

  it.each([
    [400, 'Bad Request: chat not found', '/destination/chatId'],
    [400, 'Bad Request: message thread not found', '/destination/threadId'],
    [400, 'Bad Request: TOPIC_DELETED', '/destination/threadId'],
    [400, 'Bad Request: not enough rights to send text messages to the chat', '/destination/chatId'],
    [403, 'Forbidden: bot was blocked by the user', '/destination/chatId'],
    [401, 'Unauthorized', undefined],
  ])('blames for %i %s the field %s', async (status, description, field) => {
    vendor.answer({ status, body: { ok: false, error_code: status, description } })
    await expect(vendor.send()).rejects.toMatchObject({ field, about: field === undefined ? undefined : 'recipient' })
  })

  it('waits as long as the body says', async () => {
    const body = { ok: false, error_code: 429, description: 'Too Many Requests: retry after 31', parameters: { retry_after: 31 } }
    for (const status of [429, 200]) {
      vendor.answer({ status, body })
      await expect(vendor.send()).rejects.toMatchObject({ failure: 'temporary', throttled: 'target', retryAfterMs: 31_000 })
    }
  })

  it('tests the token without a message', async () => {
    vendor.answer({ body: { ok: true, result: { id: 1 } } })
    await vendor.verify()
    expect(vendor.requests()).toMatchObject([{ method: 'GET', path: `/bot${TOKEN}/getMe` }])
    vendor.answer({ status: 401, body: { ok: false, error_code: 401, description: 'Unauthorized' } })
    await expect(vendor.verify()).rejects.toMatchObject({ failure: 'misconfigured' })
  })

  it.each(['12a', '0', '@a', 'name', '12 3'])('sends nothing to the chat %j', async (chatId) => {
    await expect(vendor.send({}, { destination: { chatId } })).rejects.toMatchObject({ failure: 'unreachable', code: 'destination' })
    expect(vendor.requests()).toEqual([])
  })

  it('reads the URL of Apprise', () => {
    expect(pasted(telegram, `tgram://${TOKEN}/-100123:9?silent=yes`)).toEqual({
      settings: { botToken: TOKEN },
      destination: { chatId: '-100123', threadId: 9, silent: true },
    })
    expect(pasted(telegram, `tgram://bot${TOKEN}/channel?topic=1`)).toEqual({ settings: { botToken: TOKEN }, destination: { chatId: '@channel' } })
    expect(pasted(telegram, 'tgram://short/1')).toMatch(/token of a bot/)
    expect(pasted(telegram, `tgram://${TOKEN}/`)).toMatch(/names no chat/)
    expect(pasted(telegram, `tgram://${TOKEN}/1/2`)).toMatch(/several chats/)
  })
})
