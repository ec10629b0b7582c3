import { Type } from 'typebox'
import { escapeTags } from '../domain/escapes/tags.ts'
import type { Message } from '../domain/message.ts'
import { SECOND } from '../domain/time.ts'
import { defineProvider } from './kit/define-provider.ts'
import { DeliveryError } from './kit/delivery-error.ts'
import { secretUrl, text, url } from './kit/fields.ts'
import { argumentProblems } from './kit/hooks.ts'
import { blame, failureOf, statusError } from './kit/http-errors.ts'
import { bodyWithin, cutEscaped, fitMessage, fitsBytes } from './kit/markup.ts'
import { member } from './kit/receipt.ts'
import { keysIn } from './kit/said.ts'
import { oneLine, truncate } from './kit/truncate.ts'
import { below, urlProblems, whereOf } from './kit/urls.ts'

const REQUEST_BYTES = 32_000

/**
 * A space of Google Chat, through an incoming webhook, as a card. (unverified): limits, that `requestId` prevents a duplicate post by a
 * repeated attempt, and `fallbackText`, which notifications show.
 */
export const googleChat = defineProvider({
  id: 'google-chat',
  name: 'Google Chat',
  channel: 'google-chat',
  docs: 'https://developers.google.com/workspace/chat/quickstart/webhooks',
  settings: Type.Object({
    apiUrl: Type.Optional(url({ title: 'API address', description: 'For a proxy in place of https://chat.googleapis.com.', 'x-advanced': true })),
  }),
  destination: Type.Object({
    webhookUrl: secretUrl({
      title: 'Webhook URL',
      description: 'Space > Apps & integrations > Webhooks.',
      'x-link': { label: 'Google Chat: webhooks', url: 'https://developers.google.com/workspace/chat/quickstart/webhooks' },
      examples: ['https://chat.googleapis.com/v1/spaces/AAAAAAAAAAA/messages?key=theKey&token=theToken'],
    }),
    threadKey: Type.Optional(
      text({ title: 'Thread', description: 'Messages with the same key are posted to one thread.', maxLength: 400, 'x-advanced': true }),
    ),
  }),
  capabilities: {
    format: 'google-chat',
    title: 200,
    body: 12_000,
    unit: 'bytes',
    // A thread's name and the ids beside the card are shorter than that.
    fits: fitsBytes(REQUEST_BYTES - 1_000, (message) => cardOf(message)),
    actions: 5,
    fields: 20,
    target: 'destination',
    rate: { count: 1, perMs: SECOND },
  },
  optional: ['link', 'picture', 'buttons', 'fields'],
  // `fieldViolations` and the sentence give the path in the card, in either spelling (unverified).
  names: { picture: /\bimage\b|\bimage_?url\b/i, buttons: /\bbutton_?list\b|\bbuttons\b|\bopen_?link\b/i, fields: /\bdecorated_?text\b/i },
  preview: true,

  async send({ settings, destination, message, delivery, http, clock }) {
    const hook = parseHook(destination.webhookUrl)
    if (!hook) throw new DeliveryError('unreachable', 'This is not the address of a Google Chat webhook', { code: 'destination' })
    const threadKey = destination.threadKey ?? hook.threadKey
    const address = new URL(below(settings.apiUrl ?? 'https://chat.googleapis.com', hook.path))
    address.search = new URLSearchParams({
      key: hook.key,
      token: hook.token,
      requestId: delivery.id,
      ...(threadKey === undefined ? {} : { messageReplyOption: REPLY }),
    }).toString()
    const body = fitMessage(message, REQUEST_BYTES, escapeTags, (part) => ({
      fallbackText: truncate(oneLine(part.title), 200),
      thread: threadKey === undefined ? undefined : { threadKey },
      cardsV2: [{ cardId: delivery.id, card: cardOf(part) }],
    }))
    const response = await http.request(address.href, { accept: 'all', headers: { 'content-type': 'application/json' }, body }).catch(blame)
    if (response.status >= 200 && response.status < 300) {
      const name = member(response.json(), 'name')
      return typeof name === 'string' ? { externalId: name } : {}
    }
    const said = member(member(response.json(), 'error'), 'message')
    throw statusError(whereOf(address.href), response, clock(), failureOf(response.status), { said, secrets: keysIn(destination.webhookUrl) })
  },

  check({ settings, destination }) {
    const problems = urlProblems('/settings/apiUrl', settings?.apiUrl)
    if (destination && !parseHook(destination.webhookUrl))
      problems.push({
        pointer: '/destination/webhookUrl',
        message: 'must look like https://chat.googleapis.com/v1/spaces/<space>/messages?key=<key>&token=<token>',
      })
    else problems.push(...argumentProblems('/destination/webhookUrl', destination?.webhookUrl, ['key', 'token', 'threadKey', 'messageReplyOption']))
    const given = new URL(destination?.webhookUrl ?? 'https://chat.googleapis.com').searchParams
    const [key, reply] = [given.get('threadKey'), given.get('messageReplyOption')]
    if (key !== null && destination?.threadKey !== undefined && key !== destination.threadKey)
      problems.push({ pointer: '/destination/threadKey', message: 'differs from the threadKey in the webhook URL; give one of them' })
    if (reply !== null && reply !== REPLY)
      problems.push({ pointer: '/destination/webhookUrl', message: `has a messageReplyOption other than ${REPLY}; leave it out` })
    return problems
  },

  sameAddress({ webhookUrl, threadKey }) {
    const hook = parseHook(webhookUrl)
    return JSON.stringify([hook?.path ?? webhookUrl, hook?.token, threadKey ?? hook?.threadKey])
  },

  apprise: {
    schemes: ['gchat'],
    segments: 3,
    reads: ['key', 'token', 'thread'],
    native: /^https:\/\/chat\.googleapis\.com\/v1\/spaces\//i,
    parse({ host, path, query }) {
      const [key = query.get('key'), token = query.get('token'), threadKey = query.get('thread')] = path
      if (key === undefined || token === undefined) return 'A Google Chat URL is gchat://workspace/key/token'
      const webhookUrl = `https://chat.googleapis.com/v1/spaces/${encodeURIComponent(host)}/messages?${new URLSearchParams({ key, token }).toString()}`
      return { destination: { webhookUrl, ...(threadKey === undefined ? {} : { threadKey }) } }
    },
  },
})

/** A reply in a thread that is gone begins a new one. */
const REPLY = 'REPLY_MESSAGE_FALLBACK_TO_NEW_THREAD'

function parseHook(address: string): { path: string; key: string; token: string; threadKey?: string } | null {
  const parsed = URL.parse(address)
  if (parsed?.origin !== 'https://chat.googleapis.com' || parsed.username !== '' || !/^\/v1\/spaces\/[\w-]+\/messages$/.test(parsed.pathname)) return null
  const key = parsed.searchParams.get('key')
  const token = parsed.searchParams.get('token')
  const threadKey = parsed.searchParams.get('threadKey')
  return key && token ? { path: parsed.pathname, key, token, ...(threadKey === null ? {} : { threadKey }) } : null
}

function cardOf(message: Message): object {
  const title = truncate(oneLine(message.title), 200)
  const body = bodyWithin(message, 12_000, escapeTags, 'bytes')
  const buttons = message.actions.slice(0, 5).map(({ label, url }) => ({ text: truncate(oneLine(label), 100), onClick: { openLink: { url } } }))
  // A card's header cannot be a link.
  const linked = message.url === undefined ? undefined : `<b><a href="${escapeTags(message.url)}">${escapeTags(title)}</a></b>`
  const widgets = [
    ...(linked === undefined ? [] : [{ textParagraph: { text: linked } }]),
    ...(body.trim() === '' ? [] : [{ textParagraph: { text: body } }]),
    ...message.fields
      .slice(0, 20)
      .map(({ label, value }) => ({ decoratedText: { topLabel: truncate(oneLine(label), 100), text: cutEscaped(value, 1000, escapeTags), wrapText: true } })),
    ...(message.image === undefined ? [] : [{ image: { imageUrl: message.image, altText: title } }]),
    ...(buttons.length === 0 ? [] : [{ buttonList: { buttons } }]),
  ]
  return { header: linked === undefined ? { title } : undefined, sections: widgets.length === 0 ? undefined : [{ widgets }] }
}
