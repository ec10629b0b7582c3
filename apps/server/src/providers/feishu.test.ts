import { describe, expect, it } from 'vitest'
import { feishu } from './feishu.ts'
import { describeProvider } from './testing/describe-provider.ts'
import { endless, exampleMessage, NOW } from './testing/message.ts'
import { pasted, playVendor } from './testing/vendor.ts'

const HOOK = 'https://open.feishu.cn/open-apis/bot/v2/hook/s3cret-token'
interface Request {
  timestamp?: string
  sign?: string
  card: { header: { title: { content: string } }; elements: { tag: string; text?: { content: string }; elements?: { content: string }[] }[] }
}

describeProvider(feishu, {
  given: (url) => ({ settings: { apiUrl: url }, destination: { webhookUrl: HOOK, keyword: 'alarm' } }),
  sends: {
    path: '/open-apis/bot/v2/hook/s3cret-token',
    json: {
      msg_type: 'interactive',
      card: {
        config: { wide_screen_mode: true },
        card_link: { url: 'https://ci.example/7' },
        header: { title: { tag: 'plain_text', content: 'Build 7 failed' }, template: 'red' },
        elements: [
          { tag: 'div', text: { tag: 'lark_md', content: 'main is **red**' } },
          { tag: 'div', fields: [{ is_short: true, text: { tag: 'lark_md', content: '**Branch**\nmain' } }] },
          { tag: 'action', actions: [{ tag: 'button', text: { tag: 'plain_text', content: 'Open' }, url: 'https://ci.example/7/log', type: 'primary' }] },
          { tag: 'note', elements: [{ tag: 'plain_text', content: 'alarm' }] },
        ],
      },
    },
  },
  plain: /\/(title|actions\/\d+\/text)\/content$/,
  accepted: { reply: { body: { StatusCode: 0, StatusMessage: 'success', code: 0, data: {}, msg: 'success' } }, receipt: {} },
  exact: true,
  lies: [{ code: 19024, StatusCode: 0 }, { StatusCode: 9499 }],
  denied: 'misconfigured',
  limits: (request) => [
    { text: request.body, limit: 20_000, unit: 'bytes' },
    { text: (request.json() as Request).card.header.title.content, limit: 200, unit: 'chars' },
  ],
})

describe('feishu', () => {
  const vendor = playVendor(feishu, (url) => ({ settings: { apiUrl: url }, destination: { webhookUrl: HOOK } }))
  const sent = () => vendor.requests()[0]?.json() as Request

  it('signs as the known vector says', async () => {
    const { settings, destination } = { settings: { apiUrl: vendor.url() }, destination: { webhookUrl: HOOK, secret: 'demo' } }
    const seen: string[] = []
    const http = {
      request: (_: string, request: { body?: string | Buffer } = {}) => {
        seen.push(String(request.body))
        return Promise.resolve({ status: 200, headers: {}, text: '', json: () => ({ code: 0 }) })
      },
      dial: () => Promise.reject(new Error('not asked')),
      mayHandOver: () => Promise.reject(new Error('not asked')),
    }
    const message = exampleMessage()
    await feishu.send({ settings, destination, message, delivery: { id: 'dlv_1', attempt: 1, createdAt: NOW }, http, clock: () => 1_599_360_473_999 })
    expect(JSON.parse(seen[0] ?? '')).toMatchObject({ timestamp: '1599360473', sign: 'l1N0gAcBjdwBvGm1xMjOF0XSyaLRpR7tuO5dHfhAYc8=' })
  })

  it('says the keyword below unless the title has it', async () => {
    await vendor.send({ title: 'Red alarm' }, { destination: { keyword: 'alarm' } })
    expect(sent().card.elements.map(({ tag }) => tag)).not.toContain('note')
  })

  it('shows data as it is and stays below 20 KB', async () => {
    const fields = Array.from({ length: 30 }, () => ({ label: endless('<at id=all></at>'), value: endless('**x** ') }))
    await vendor.send({ body: 'kept', fields })
    expect(vendor.requests()[0]?.body).not.toContain('<at')
    expect(sent().card.elements[0]?.text?.content).toBe('kept')
    expect(Buffer.byteLength(vendor.requests()[0]!.body)).toBeLessThanOrEqual(20_000)
  })

  it.each([
    [9499, 'Bad Request', { failure: 'rejected', code: 'feishu_9499' }],
    [9499, 'too many request', { failure: 'temporary', throttled: 'target', retryAfterMs: 60_000 }],
    [11232, 'frequency limited', { failure: 'temporary', throttled: 'target', retryAfterMs: 60_000 }],
    [11246, 'card', { failure: 'rejected' }],
    [19001, 'token invalid', { failure: 'unreachable', field: '/destination/webhookUrl' }],
    [19002, 'params', { failure: 'rejected' }],
    [19007, 'bot disabled', { failure: 'unreachable' }],
    [19021, 'sign match fail', { failure: 'misconfigured', code: 'feishu_19021', field: '/destination/secret' }],
    [19022, 'ip', { failure: 'misconfigured', field: undefined }],
    [19024, 'keyword', { failure: 'misconfigured', field: '/destination/keyword' }],
    [99999, 'news', { failure: 'rejected' }],
  ])('reads code %i %s, under 200 and under 400', async (code, msg, expected) => {
    for (const status of [200, 400]) {
      vendor.answer({ status, body: { StatusCode: 0, code, msg } })
      await expect(vendor.send()).rejects.toMatchObject({ ...expected, status, message: expect.stringContaining(`: ${msg}`) })
    }
  })

  it('takes the older answer, which has no code, for what it says', async () => {
    vendor.answer({ body: { StatusCode: 0, StatusMessage: 'success' } })
    await expect(vendor.send()).resolves.toEqual({})
    vendor.answer({ body: { StatusCode: 19001, StatusMessage: 'no' } })
    await expect(vendor.send()).rejects.toMatchObject({ failure: 'unreachable', code: 'feishu_19001' })
  })

  it('takes another address for no bot, when saved and when sent', async () => {
    const webhookUrl = 'https://open.feishu.cn.evil.example/open-apis/bot/v2/hook/x'
    expect(feishu.check({ destination: { webhookUrl } })).toMatchObject([{ pointer: '/destination/webhookUrl' }])
    await expect(vendor.send({}, { destination: { webhookUrl } })).rejects.toMatchObject({ failure: 'unreachable' })
    expect(vendor.requests()).toEqual([])
  })

  it('reads the URLs of Apprise', () => {
    expect(pasted(feishu, 'feishu://abc-d')).toEqual({ destination: { webhookUrl: 'https://open.feishu.cn/open-apis/bot/v2/hook/abc-d' } })
    expect(pasted(feishu, 'lark://abc-d/')).toEqual({ destination: { webhookUrl: 'https://open.larksuite.com/open-apis/bot/v2/hook/abc-d' } })
    expect(pasted(feishu, 'lark://a.b')).toBe('A URL of this bot is lark://token')
  })
})
