import { createHmac } from 'node:crypto'
import { Type } from 'typebox'
import type { DeliveryFailure } from '../domain/delivery.ts'
import { escapeLark } from '../domain/escapes/lark.ts'
import type { Severity } from '../domain/event-type.ts'
import type { Message } from '../domain/message.ts'
import { MINUTE, type Millis, SECOND } from '../domain/time.ts'
import type { HttpResponse } from './kit/contract.ts'
import { defineProvider } from './kit/define-provider.ts'
import { DeliveryError, type DeliveryErrorOptions } from './kit/delivery-error.ts'
import { secret, secretUrl, text, url } from './kit/fields.ts'
import { argumentProblems } from './kit/hooks.ts'
import { blame, failureOf, statusError } from './kit/http-errors.ts'
import { bodyWithin, fieldsWithin, fitMessage, fitsBytes } from './kit/markup.ts'
import { member } from './kit/receipt.ts'
import { keysIn, quoting, type Said } from './kit/said.ts'
import { oneLine, truncate } from './kit/truncate.ts'
import { below, urlProblems, whereOf } from './kit/urls.ts'

const REQUEST_BYTES = 20_000

/**
 * A Feishu or Lark group, through a custom bot of that group, as an interactive card. (unverified): that the card's link and all numbered
 * entities of lark_md work.
 */
export const feishu = defineProvider({
  id: 'feishu',
  name: 'Feishu / Lark',
  channel: 'feishu',
  docs: 'https://open.feishu.cn/document/client-docs/bot-v3/add-custom-bot',
  settings: Type.Object({
    apiUrl: Type.Optional(
      url({ title: 'API address', description: 'For a proxy in place of https://open.feishu.cn and https://open.larksuite.com.', 'x-advanced': true }),
    ),
  }),
  destination: Type.Object({
    webhookUrl: secretUrl({
      title: 'Webhook URL',
      description: 'Group settings > Bots > Custom bot.',
      'x-link': { label: 'Feishu: custom bots', url: 'https://open.feishu.cn/document/client-docs/bot-v3/add-custom-bot' },
      examples: ['https://open.feishu.cn/open-apis/bot/v2/hook/the-token-behind-the-last-slash'],
    }),
    secret: Type.Optional(secret({ title: 'Signing secret', description: 'If the bot checks signatures.' })),
    keyword: Type.Optional(text({ title: 'Keyword', description: 'If the bot accepts only messages that contain one.', maxLength: 100, 'x-advanced': true })),
  }),
  // 5 per second and 100 per minute are allowed.
  capabilities: {
    format: 'feishu',
    title: 200,
    body: 8000,
    unit: 'bytes',
    // The keyword and the signature are shorter than that.
    fits: fitsBytes(REQUEST_BYTES - 1_000, (message) => cardOf(message, undefined)),
    actions: 5,
    fields: 20,
    target: 'destination',
    rate: { count: 5, perMs: 3 * SECOND },
  },
  optional: ['link', 'buttons', 'fields'],
  // The end of `msg` names the element: `ErrorValue: button` (unverified for the others).
  names: { link: /\bcard_link\b/, buttons: /\bbutton\b|\bactions?\b/, fields: /\bfields\b/ },
  preview: true,

  async send({ settings, destination, message, http, clock }) {
    const hook = parseHook(destination.webhookUrl)
    if (!hook) throw new DeliveryError('unreachable', 'This is not the address of a Feishu or Lark bot', { code: 'destination' })
    const address = below(settings.apiUrl ?? hook.origin, hook.path)
    const signature = destination.secret === undefined ? {} : signed(destination.secret, clock())
    const body = fitMessage(message, REQUEST_BYTES, escapeLark, (part) => ({ ...signature, msg_type: 'interactive', card: cardOf(part, destination.keyword) }))
    const response = await http.request(address, { headers: { 'content-type': 'application/json' }, body, accept: 'all' }).catch(blame)
    const error = refusal(whereOf(address), response, clock(), [...keysIn(destination.webhookUrl), destination.secret])
    if (error) throw error
    return {}
  },

  check({ settings, destination }) {
    const problems = urlProblems('/settings/apiUrl', settings?.apiUrl)
    if (destination && !parseHook(destination.webhookUrl))
      problems.push({ pointer: '/destination/webhookUrl', message: 'must look like https://open.feishu.cn/open-apis/bot/v2/hook/<token>' })
    else problems.push(...argumentProblems('/destination/webhookUrl', destination?.webhookUrl, []))
    return problems
  },

  sameAddress: ({ webhookUrl }) => {
    const hook = parseHook(webhookUrl)
    return hook ? hook.origin + hook.path : webhookUrl
  },

  apprise: {
    schemes: ['feishu', 'lark'],
    segments: 0,
    reads: ['token'],
    native: /^https:\/\/open\.(feishu\.cn|larksuite\.com)\/open-apis\/bot\//i,
    parse({ scheme, host, query }) {
      const token = host === '' ? query.get('token') : host
      if (token === undefined || !/^[\w-]+$/.test(token)) return `A URL of this bot is ${scheme}://token`
      return { destination: { webhookUrl: `https://open.${scheme === 'lark' ? 'larksuite.com' : 'feishu.cn'}/open-apis/bot/v2/hook/${token}` } }
    },
  },
})

function parseHook(address: string): { origin: string; path: string } | null {
  const parsed = URL.parse(address)
  if (parsed?.protocol !== 'https:' || parsed.username !== '' || !/^open\.(feishu\.cn|larksuite\.com)$/.test(parsed.host)) return null
  const path = parsed.pathname.replace(/\/$/, '')
  return /^\/open-apis\/bot\/v2\/hook\/[\w-]+$/.test(path) ? { origin: parsed.origin, path } : null
}

/** The secret is part of the HMAC key and the signed content is empty; the time may be an hour off. */
function signed(secret: string, now: Millis): { timestamp: string; sign: string } {
  const timestamp = String(Math.floor(now / SECOND))
  return { timestamp, sign: createHmac('sha256', `${timestamp}\n${secret}`).digest('base64') }
}

const COLOURS: Record<Severity, string> = { debug: 'grey', info: 'blue', success: 'green', warning: 'orange', error: 'red', critical: 'red' }
const plain = (content: string) => ({ tag: 'plain_text', content })
const lark = (content: string) => ({ tag: 'lark_md', content })

function cardOf(message: Message, keyword: string | undefined): object {
  const title = truncate(oneLine(message.title), 200)
  const elements: object[] = []
  const body = bodyWithin(message, 8000, escapeLark, 'bytes')
  if (body.trim() !== '') elements.push({ tag: 'div', text: lark(body) })
  const fields = fieldsWithin(message, 20, { label: 200, value: 800 }, escapeLark).map(({ label, value, short }) => ({
    is_short: short,
    text: lark(`**${label}**\n${value}`),
  }))
  if (fields.length > 0) elements.push({ tag: 'div', fields })
  const actions = message.actions
    .slice(0, 5)
    .map(({ label, url }, i) => ({ tag: 'button', text: plain(truncate(oneLine(label), 100)), url, type: i === 0 ? 'primary' : 'default' }))
  if (actions.length > 0) elements.push({ tag: 'action', actions })
  // Only the title is certain to appear unescaped; in the body characters may be escaped.
  if (keyword !== undefined && !title.includes(keyword)) elements.push({ tag: 'note', elements: [plain(keyword)] })
  return {
    config: { wide_screen_mode: true },
    card_link: message.url === undefined ? undefined : { url: message.url },
    header: { title: plain(title), template: COLOURS[message.severity] },
    elements,
  }
}

const CODES: Record<number, DeliveryFailure> = {
  9499: 'rejected',
  11246: 'rejected',
  19001: 'unreachable',
  19002: 'rejected',
  19007: 'unreachable',
  19021: 'misconfigured', // wrong secret, or a clock more than an hour off
  19022: 'misconfigured', // our address is not on the bot's allow list
  19024: 'misconfigured', // the keyword is missing
}

const FIELDS: Record<number, string> = {
  19001: '/destination/webhookUrl',
  19007: '/destination/webhookUrl',
  19021: '/destination/secret',
  19024: '/destination/keyword',
}

/** Feishu reports the result in `code`; `StatusCode` may be 0 when `code` is not. */
function refusal(where: string, response: HttpResponse, now: Millis, secrets: Said['secrets']): DeliveryError | null {
  const body = response.json()
  const given = member(body, 'code') ?? member(body, 'StatusCode')
  const code = typeof given === 'number' ? given : 0
  const accepted = response.status >= 200 && response.status < 300
  // An unreadable body was truncated after a success status.
  if (accepted && (given === 0 || body === undefined)) return null
  const busy = code === 11232 || (code === 9499 && /too many request/i.test(String(member(body, 'msg'))))
  const failure = busy ? 'temporary' : (CODES[code] ?? (accepted ? 'rejected' : failureOf(response.status)))
  const words: Said = { said: member(body, 'msg'), secrets }
  const options: DeliveryErrorOptions = {
    ...(code === 0 ? {} : { code: `feishu_${code}` }),
    ...(busy ? { throttled: 'target', retryAfterMs: MINUTE } : {}),
    field: FIELDS[code],
  }
  if (accepted) return new DeliveryError(failure, quoting(`${where} refused the message with code ${code}`, words), { status: response.status, ...options })
  return statusError(where, response, now, failure, { ...options, ...words })
}
