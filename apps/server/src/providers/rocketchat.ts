import { Type } from 'typebox'
import { escapeRocketChat, rocketChatLink, rocketChatMark } from '../domain/escapes/rocketchat.ts'
import { lacks } from '../domain/message.ts'
import type { Millis } from '../domain/time.ts'
import { serverOf, targetsOf } from './kit/apprise-url.ts'
import { attachmentOf, headline, type Notation } from './kit/attachment.ts'
import type { HttpResponse } from './kit/contract.ts'
import { defineProvider } from './kit/define-provider.ts'
import { DeliveryError } from './kit/delivery-error.ts'
import { secretUrl, text, url } from './kit/fields.ts'
import { webhookProblems } from './kit/hooks.ts'
import { failureOf, statusError } from './kit/http-errors.ts'
import { member } from './kit/receipt.ts'
import { keysIn, quoting, type Said } from './kit/said.ts'
import { trustSettings } from './kit/trust.ts'
import { normalUrl, urlProblems, whereOf } from './kit/urls.ts'

const NOTATION: Notation = { plain: escapeRocketChat, strong: rocketChatMark('*'), link: rocketChatLink }
const HOOK = /\/hooks\/[\w-]+\/[\w-]+\/?$/

/** A Rocket.Chat channel, through an incoming integration. Everything here is (unverified), including the limit of 5000 characters per post. */
export const rocketchat = defineProvider({
  serverHeaders: [],
  id: 'rocketchat',
  name: 'Rocket.Chat',
  channel: 'rocketchat',
  docs: 'https://docs.rocket.chat/docs/integrations',
  settings: Type.Object({
    alias: Type.Optional(text({ title: 'Displayed name', maxLength: 64, 'x-advanced': true })),
    emoji: Type.Optional(
      text({ title: 'Displayed emoji', description: 'In place of the picture, for example :bell:', pattern: "^:[\\w+'-]+:$", 'x-advanced': true }),
    ),
    avatar: Type.Optional(url({ title: 'Displayed picture', 'x-mentioned': true, 'x-advanced': true })),
    ...trustSettings,
  }),
  destination: Type.Object({
    webhookUrl: secretUrl({
      title: 'Webhook URL',
      description: 'Workspace > Integrations > New > Incoming.',
      'x-link': { label: 'Rocket.Chat: integrations', url: 'https://docs.rocket.chat/docs/integrations' },
      examples: ['https://chat.example.com/hooks/64f0a1b2c3d4e5f6a7b8c9d0/theTokenOfTheIntegration'],
    }),
    channel: Type.Optional(
      text({
        title: 'Channel',
        description: '#channel or @user, in place of the integration’s own channel.',
        maxLength: 128,
        pattern: '^[#@].+$',
        'x-advanced': true,
      }),
    ),
  }),
  capabilities: { format: 'rocketchat', title: 250, body: 4000, actions: 5, fields: 10, target: 'destination' },
  optional: ['link', 'picture', 'fields', 'avatar'],
  // Meteor's check names the path: `Match error: Expected string, got null in field attachments[0].image_url`.
  names: { picture: /\bimage_url\b/, fields: /\.fields\b/, avatar: /\bavatar\b/ },
  preview: true,

  async send({ settings: { alias, emoji, avatar }, destination, message, http, clock }) {
    const { webhookUrl, channel } = destination
    const response = await http.request(webhookUrl, {
      accept: 'all',
      json: {
        alias,
        emoji,
        avatar: lacks(message, 'avatar') ? undefined : avatar,
        channel,
        text: headline(message, NOTATION),
        attachments: [attachmentOf(message, 4000, NOTATION)],
      },
    })
    const error = refusal(webhookUrl, response, clock())
    if (error) throw error
    return {}
  },

  check({ settings, destination }) {
    return [
      ...urlProblems('/settings/avatar', settings?.avatar),
      ...webhookProblems(destination?.webhookUrl, HOOK, 'https://chat.example.com/hooks/<id>/<token>', []),
    ]
  },

  sameAddress: ({ webhookUrl, channel }) => `${normalUrl(webhookUrl)} ${channel ?? ''}`,

  apprise: {
    schemes: ['rocket', 'rockets'],
    identity: 'both',
    reads: ['to'],
    off: ['image', 'avatar'],
    parse(from) {
      const { user, password } = from
      const path = targetsOf(from.path, from)
      const [id, token] = (user ?? '').split('/')
      if (password !== undefined || id === undefined || token === undefined || !/^[\w-]+$/.test(id) || !/^[\w-]+$/.test(token))
        return 'Only webhooks are supported: rockets://id%2Ftoken@host/#channel'
      if (path.length > 1) return 'The URL names several channels; paste one URL for each'
      const [channel] = path
      const target = channel === undefined || /^[#@]/.test(channel) ? channel : `#${channel}`
      return { destination: { webhookUrl: `${serverOf(from)}/hooks/${id}/${token}`, ...(target === undefined ? {} : { channel: target }) } }
    },
  },
})

function refusal(webhookUrl: string, response: HttpResponse, now: Millis): DeliveryError | null {
  const where = whereOf(webhookUrl)
  const body = response.json()
  // An unreadable body was truncated after a success status.
  const failed = body !== undefined && member(body, 'success') !== true
  const said = member(body, 'error')
  const words: Said = { said, secrets: keysIn(webhookUrl) }
  const channel = /channel/i.test(String(said ?? ''))
  const options = channel ? { field: '/destination/channel' } : {}
  if (response.status >= 200 && response.status < 300)
    return failed
      ? new DeliveryError(channel ? 'misconfigured' : 'rejected', quoting(`${where} did not accept the message`, words), {
          code: 'rocketchat_not_ok',
          status: response.status,
          ...options,
        })
      : null
  // A webhook URL is its own credential: a refusal means that it was revoked.
  const failure = response.status === 401 ? 'unreachable' : response.status === 400 && channel ? 'misconfigured' : failureOf(response.status)
  return statusError(where, response, now, failure, { ...options, ...words })
}
