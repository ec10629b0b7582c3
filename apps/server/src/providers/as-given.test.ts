import { afterAll, afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { JsonObject } from '../domain/json.ts'
import { createRenderer } from '../rendering/render.ts'
import { inputFor, orderShipped } from '../rendering/testing/input.ts'
import { createOutbound, parseAllowList } from '../security/outbound.ts'
import { apprise } from './apprise.ts'
import { gotify } from './gotify.ts'
import type { Provider } from './kit/contract.ts'
import { createHttp } from './kit/http.ts'
import { mattermost } from './mattermost.ts'
import { ntfy } from './ntfy/ntfy.ts'
import { rocketchat } from './rocketchat.ts'
import { slack } from './slack.ts'
import { telegram } from './telegram.ts'
import { NOW } from './testing/message.ts'
import { type Receiver, startReceiver } from './testing/receiver.ts'
import { zulip } from './zulip.ts'

/** A line of a log that readers of Markdown change in several places. */
const LOG = '[WARN] *net* a < b https://ci.example.com/x_y'

const { message } = createRenderer({ baseUrl: 'https://hub.test', instance: { name: 'Bells' } })

/** What is sent for a rendered template, from end to end in the providers. */
describe('a line of a log', () => {
  let vendor: Receiver
  const http = createHttp({ outbound: createOutbound({ allow: parseAllowList('127.0.0.1') }), clock: () => NOW })
  beforeEach(async () => {
    vendor = await startReceiver({ body: 'ok' })
  })
  afterEach(() => vendor.close())
  afterAll(() => http.close())

  async function sent(provider: Provider, settings: JsonObject, destination: JsonObject, template: { title?: string; body: string }) {
    const { capabilities, channel } = provider
    const input = inputFor(orderShipped({ default: { title: 'Log', ...template } }), { b: LOG }, { channel, format: capabilities.format, limits: capabilities })
    vendor.respond(
      provider === gotify || provider === ntfy
        ? { body: { id: 1 } }
        : provider === mattermost
          ? { body: 'ok' }
          : { body: { success: true, ok: true, result: 'success' } },
    )
    await provider.send({ settings, destination, message: message(input), delivery: { id: 'dlv_1', attempt: 1, createdAt: NOW }, http, clock: () => NOW })
    return vendor.requests.at(-1)!
  }

  const BODY = { body: '{{ data.b }}' }
  const BOLD = { body: '**Log**: {{ data.b }}' }

  it('reaches ntfy as it was typed, without a word of Markdown', async () => {
    const { json } = await sent(ntfy, { server: vendor.url }, { topic: 'alerts' }, BODY)
    expect(json()).toMatchObject({ message: LOG })
    expect(json()).not.toHaveProperty('markdown')
  })

  it('reaches ntfy in Markdown that reads well where the author wrote some, unless that is switched off', async () => {
    const marked = await sent(ntfy, { server: vendor.url }, { topic: 'alerts' }, BOLD)
    expect(marked.json()).toMatchObject({ message: '**Log**: [WARN] \\*net\\* a < b https://ci.example.com/x_y', markdown: true })
    for (const [settings, to] of [
      [{ markdown: false }, {}],
      [{}, { markdown: false }],
      [{ markdown: true }, { markdown: false }],
    ]) {
      const { json } = await sent(ntfy, { server: vendor.url, ...settings }, { topic: 'alerts', ...to }, BOLD)
      expect(json()).toMatchObject({ message: `Log: ${LOG}` })
      expect(json()).not.toHaveProperty('markdown')
    }
    const own = await sent(ntfy, { server: vendor.url, markdown: false }, { topic: 'alerts', markdown: true }, BOLD)
    expect(own.json()).toMatchObject({ markdown: true })
  })

  it('reaches Gotify and an Apprise server as it was typed, and in Markdown only where the author wrote some', async () => {
    const plain = await sent(gotify, { server: vendor.url }, { token: 'A' }, BODY)
    expect(plain.json()).toMatchObject({ message: LOG, extras: {} })
    expect(JSON.stringify(plain.json())).not.toContain('markdown')
    const marked = await sent(gotify, { server: vendor.url }, { token: 'A' }, BOLD)
    expect(marked.json()).toMatchObject({ extras: { 'client::display': { contentType: 'text/markdown' } } })

    const urls = ['json://203.0.113.1/']
    expect((await sent(apprise, { server: vendor.url }, { urls }, BODY)).json()).toMatchObject({ body: LOG, format: 'text' })
    expect((await sent(apprise, { server: vendor.url }, { urls }, BOLD)).json()).toMatchObject({
      body: '**Log**: [WARN] \\*net\\* a < b https://ci.example.com/x_y',
      format: 'markdown',
    })
  })

  it('reaches Zulip without a backslash, and its stars as references', async () => {
    const { body } = await sent(zulip, { site: vendor.url, email: 'b@x.test', apiKey: 'k' }, { to: 'alerts' }, BODY)
    expect(new URLSearchParams(body).get('content')).toBe('**Log**\n\n[WARN] &#42;net&#42; a < b https://ci.example.com/x_y')
  })

  it('reaches Rocket.Chat with the escapes that its parser has', async () => {
    const { json } = await sent(rocketchat, {}, { webhookUrl: `${vendor.url}/hooks/a/b` }, BODY)
    expect(json()).toMatchObject({ text: '*Log*', attachments: [{ text: '[WARN] \\*net\\* a < b https://ci.example.com/x_y' }] })
  })

  it.each([
    [mattermost, (url: string) => ({ webhookUrl: `${url}/hooks/abc` }), { text: '**:rotating_light: :\u200btada: down**' }],
    [rocketchat, (url: string) => ({ webhookUrl: `${url}/hooks/a/b` }), { text: ':rotating_light: :\u200btada: down' }],
  ] as const)('leaves the emoji in an author’s title, and no other (%#)', async (provider, to, expected) => {
    const input = inputFor(
      orderShipped({ default: { title: ':rotating_light: {{ data.x }} down', body: 'x' } }),
      { x: ':tada:' },
      { channel: provider.channel, format: provider.capabilities.format, limits: provider.capabilities },
    )
    vendor.respond(provider === mattermost ? { body: 'ok' } : { body: { success: true } })
    await provider.send({
      settings: {},
      destination: to(vendor.url),
      message: message(input),
      delivery: { id: 'dlv_1', attempt: 1, createdAt: NOW },
      http,
      clock: () => NOW,
    })
    expect(vendor.requests.at(-1)!.json()).toMatchObject(expected)
  })

  it('leaves the emoji in an author’s title on Slack, which a header would show as text', async () => {
    const { capabilities } = slack
    const template = { title: ':rotating_light: {{ data.x }} down', body: 'x' }
    const input = inputFor(orderShipped({ default: template }), { x: ':tada:' }, { channel: 'slack', format: capabilities.format, limits: capabilities })
    vendor.respond({ body: 'ok' })
    await slack.send({
      settings: { apiUrl: vendor.url },
      destination: { webhookUrl: 'https://hooks.slack.com/services/T1/B1/x' },
      message: message(input),
      delivery: { id: 'dlv_1', attempt: 1, createdAt: NOW },
      http,
      clock: () => NOW,
    })
    const text = ':rotating_light: :\u200btada: down'
    expect(vendor.requests.at(-1)!.json()).toMatchObject({ text, blocks: [{ type: 'section', text: { type: 'mrkdwn', text: `*${text}*` } }] })
  })

  it('calls nobody on Telegram', async () => {
    const { json } = await sent(
      telegram,
      { apiUrl: vendor.url, botToken: '123456:AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA' },
      { chatId: '1' },
      { body: '@someone_else {{ data.b }}' },
    )
    expect(json()).toMatchObject({ text: '<b>Log</b>\n\n@\u200bsomeone_else [WARN] *net* a &lt; b https://ci.example.com/x_y' })
  })
})
