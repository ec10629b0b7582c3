import { Type } from 'typebox'
import type { DeliveryFailure } from '../domain/delivery.ts'
import { escapeMattermost } from '../domain/escapes/mattermost.ts'
import { lacks } from '../domain/message.ts'
import type { Millis } from '../domain/time.ts'
import { serverAbove } from './kit/apprise-url.ts'
import { attachmentOf, headline, markdownNotation } from './kit/attachment.ts'
import type { HttpResponse } from './kit/contract.ts'
import { defineProvider } from './kit/define-provider.ts'
import { DeliveryError } from './kit/delivery-error.ts'
import { secretUrl, text, url } from './kit/fields.ts'
import { webhookProblems } from './kit/hooks.ts'
import { failureOf, statusError } from './kit/http-errors.ts'
import { member } from './kit/receipt.ts'
import { keysIn, plainWords, quoting, type Said } from './kit/said.ts'
import { oneLine, truncate } from './kit/truncate.ts'
import { trustSettings } from './kit/trust.ts'
import { normalUrl, urlProblems, whereOf } from './kit/urls.ts'

const NOTATION = markdownNotation(escapeMattermost)
const HOOK = /\/hooks\/[A-Za-z0-9]+\/?$/

/**
 * A Mattermost channel, through an incoming webhook of any server. A post holds 16383 characters on current servers and 4000 on old ones,
 * which split it. (unverified): the words in `id` of a refusal.
 */
export const mattermost = defineProvider({
  serverHeaders: [],
  id: 'mattermost',
  name: 'Mattermost',
  channel: 'mattermost',
  docs: 'https://developers.mattermost.com/integrate/webhooks/incoming/',
  settings: Type.Object({
    username: Type.Optional(text({ title: 'Displayed name', description: 'If the server permits webhooks to set it.', maxLength: 64, 'x-advanced': true })),
    iconUrl: Type.Optional(url({ title: 'Displayed picture', 'x-mentioned': true, 'x-advanced': true })),
    iconEmoji: Type.Optional(
      text({ title: 'Displayed emoji', description: 'In place of the picture, for example bell.', pattern: "^:?[\\w+'-]+:?$", 'x-advanced': true }),
    ),
    ...trustSettings,
  }),
  destination: Type.Object({
    webhookUrl: secretUrl({
      title: 'Webhook URL',
      description: 'Integrations > Incoming Webhooks.',
      'x-link': { label: 'Mattermost: incoming webhooks', url: 'https://developers.mattermost.com/integrate/webhooks/incoming/' },
      examples: ['https://mattermost.example.com/hooks/abcdefghijklmnopqrstuvwxyz'],
    }),
    channel: Type.Optional(
      text({ title: 'Channel', description: 'Its name as in its URL, or @user, in place of the webhook’s own channel.', maxLength: 64, 'x-advanced': true }),
    ),
  }),
  capabilities: { format: 'mattermost', title: 250, body: 8000, actions: 5, fields: 10, target: 'destination' },
  optional: ['link', 'picture', 'fields', 'avatar'],
  names: { picture: /\bimage_url\b/, fields: /\bfields\b/, avatar: /\bicon_url\b/ },
  preview: true,

  async send({ settings, destination, message, http, clock }) {
    const { webhookUrl, channel } = destination
    const { username, iconUrl, iconEmoji } = settings
    const attachment = { fallback: truncate(oneLine(message.title), 250), ...attachmentOf(message, 8000, NOTATION) }
    const response = await http.request(webhookUrl, {
      accept: 'all',
      json: {
        username,
        icon_url: lacks(message, 'avatar') ? undefined : iconUrl,
        icon_emoji: iconEmoji,
        channel,
        text: headline(message, NOTATION),
        attachments: [attachment],
      },
    })
    const error = refusal(webhookUrl, response, clock())
    if (error) throw error
    return {}
  },

  check({ settings, destination }) {
    return [
      ...urlProblems('/settings/iconUrl', settings?.iconUrl),
      ...webhookProblems(destination?.webhookUrl, HOOK, 'https://mattermost.example.com/hooks/<key>', []),
    ]
  },

  sameAddress: ({ webhookUrl, channel }) => `${normalUrl(webhookUrl)} ${channel ?? ''}`,

  apprise: {
    schemes: ['mmost', 'mmosts'],
    identity: 'user',
    reads: ['to', 'channel'],
    off: ['image'],
    parse(from) {
      const { user, path, query } = from
      const token = path.at(-1)
      if (token === undefined || !/^[A-Za-z0-9]+$/.test(token)) return 'A Mattermost URL ends in the key of the webhook: mmosts://host/key'
      const channel = query.get('channel') ?? query.get('to')
      return {
        ...(user === undefined ? {} : { settings: { username: user } }),
        destination: {
          webhookUrl: `${serverAbove(from)}/hooks/${token}`,
          ...(channel === undefined ? {} : { channel: channel.replace(/^#/, '') }),
        },
      }
    },
  },
})

/** Parts of Mattermost's error ids (`web.incoming_webhook.invalid.app_error`). */
const IDS: [part: string, failure: DeliveryFailure][] = [
  ['incoming_webhook.disabled', 'misconfigured'],
  ['incoming_webhook.invalid', 'unreachable'],
  ['incoming_webhook.channel', 'misconfigured'],
  ['incoming_webhook.permissions', 'misconfigured'],
  ['incoming_webhook.user', 'misconfigured'],
  ['incoming_webhook.parse', 'rejected'],
  ['incoming_webhook.text', 'rejected'],
]

function refusal(webhookUrl: string, response: HttpResponse, now: Millis): DeliveryError | null {
  const where = whereOf(webhookUrl)
  const body = response.json()
  const id = member(body, 'id')
  const code = member(body, 'status_code')
  const known = typeof id === 'string' ? IDS.find(([part]) => id.includes(part))?.[1] : undefined
  const words: Said = { said: member(body, 'message') ?? plainWords(response), secrets: keysIn(webhookUrl) }
  const options = typeof id === 'string' && id.includes('incoming_webhook.channel') ? { field: '/destination/channel' } : {}
  if (response.status >= 200 && response.status < 300) {
    // An empty body was truncated.
    if (/^(ok)?$/.test(response.text.trim())) return null
    return new DeliveryError(known ?? (typeof code === 'number' ? failureOf(code) : 'rejected'), quoting(`${where} did not accept the message`, words), {
      code: 'mattermost_not_ok',
      status: response.status,
      ...(code === 429 ? { throttled: 'target' } : {}),
    })
  }
  // 501: incoming webhooks are disabled on the server.
  return statusError(where, response, now, known ?? (response.status === 501 ? 'misconfigured' : failureOf(response.status)), { ...options, ...words })
}
