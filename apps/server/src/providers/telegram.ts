import { Type } from 'typebox'
import { sizeOf } from '../domain/cut.ts'
import { callingNobody, escapeTags, escapeTelegram } from '../domain/escapes/tags.ts'
import type { Message } from '../domain/message.ts'
import { type Millis, SECOND } from '../domain/time.ts'
import { saysYes } from './kit/apprise-url.ts'
import type { HttpRequest, HttpResponse } from './kit/contract.ts'
import { defineProvider } from './kit/define-provider.ts'
import { DeliveryError, type DeliveryErrorOptions } from './kit/delivery-error.ts'
import { secret, text, url } from './kit/fields.ts'
import { blame, clampWait, failureOf, statusError } from './kit/http-errors.ts'
import { cutEscaped, labelWithin, titleWithin } from './kit/markup.ts'
import { hasNoDot } from './kit/named-outside.ts'
import { member } from './kit/receipt.ts'
import { quoting, type Said } from './kit/said.ts'
import { oneLine, truncate } from './kit/truncate.ts'
import { trustSettings } from './kit/trust.ts'
import { below, urlProblems, whereOf } from './kit/urls.ts'

const API = 'https://api.telegram.org'
const TOKEN = /^\d{3,20}:[\w-]{30,64}$/

/**
 * Telegram, through a bot. Telegram counts the text that remains when tags and entities are read, in UTF-16 units like the offsets of its entities
 * (that unit is unverified). A migration of a group to a supergroup is followed once and noted in the receipt.
 */
export const telegram = defineProvider({
  id: 'telegram',
  name: 'Telegram',
  channel: 'telegram',
  docs: 'https://core.telegram.org/bots/api#sendmessage',
  settings: Type.Object({
    botToken: secret({
      title: 'Bot token',
      description: 'From @BotFather.',
      'x-link': { label: '@BotFather', url: 'https://t.me/BotFather' },
      pattern: TOKEN.source,
      examples: ['123456789:the-token-that-BotFather-gave-you-here'],
    }),
    apiUrl: Type.Optional(url({ title: 'API address', description: `A self-hosted Bot API server in place of ${API}.`, 'x-advanced': true })),
    ...trustSettings,
  }),
  destination: Type.Object({
    chatId: text({
      title: 'Chat id',
      description: 'Your own id, a group’s negative id, or @channelname. Write to the bot first: it cannot start a conversation.',
      pattern: '^(-?[1-9]\\d{0,19}|@[A-Za-z]\\w{3,31})$',
      examples: ['123456789'],
    }),
    threadId: Type.Optional(
      Type.Integer({ title: 'Topic id', description: 'For a group with topics; none for “General”.', minimum: 2, maximum: 2_147_483_647, 'x-advanced': true }),
    ),
    silent: Type.Optional(Type.Boolean({ title: 'Silent', default: false })),
  }),
  capabilities: {
    format: 'telegram',
    title: 256,
    body: 4096,
    unit: 'visible',
    fits: (message) => isAccepted(textOf(message, message.body)),
    actions: 5,
    target: 'connection',
    rate: { count: 30, perMs: SECOND },
  },
  optional: ['link', 'picture', 'buttons'],
  // Words of the Bot API and of Telegram's servers (https://core.telegram.org/api/errors); the picture is the preview of a web page.
  names: {
    link: /\bURL_INVALID\b/,
    picture: /\bWEBPAGE_|\bMEDIA_|\bIMAGE_|\bPHOTO_|web ?page|link_?preview|HTTP URL content|wrong file identifier/i,
    buttons: /\bBUTTON_|\bbutton\b|reply markup|inline keyboard/i,
  },
  refusesLink: hasNoDot,
  preview: true,

  async send({ settings, destination, message, http, clock }) {
    const { chatId, threadId, silent = false } = destination
    const call = (payload: object) => http.request(method(settings, 'sendMessage'), { accept: 'all', json: payload }).catch(blame)
    const base = {
      chat_id: chatId,
      message_thread_id: threadId,
      // Low priority is silent.
      disable_notification: silent || message.priority === 'low',
      link_preview_options: message.image === undefined ? { is_disabled: true } : { url: message.image, prefer_large_media: true },
    }
    const post = { ...base, text: fittedText(message), parse_mode: 'HTML' }
    let response = await call(post)
    const moved = member(member(response.json(), 'parameters'), 'migrate_to_chat_id')
    if (typeof moved === 'number' || typeof moved === 'string') response = await call({ ...post, chat_id: String(moved) })
    else if (/can't parse entities/i.test(descriptionOf(response))) response = await call({ ...base, text: plainOf(message) })
    const body = response.json()
    // An unreadable body was truncated after a success status.
    if (response.status < 200 || response.status > 299 || (body !== undefined && member(body, 'ok') !== true)) throw refusal(settings, response, clock())
    const id = member(member(body, 'result'), 'message_id')
    return {
      ...(typeof id === 'number' ? { externalId: String(id) } : {}),
      ...(moved === undefined ? {} : { note: truncate(`The group has become ${String(moved)}; change the chat id`, 200) }),
    }
  },

  async verify({ settings, http, clock }) {
    const request: HttpRequest = { method: 'GET', accept: 'all' }
    const response = await http.request(method(settings, 'getMe'), request).catch(blame)
    if (response.status !== 200 || member(response.json(), 'ok') === false) throw refusal(settings, response, clock())
  },

  check: ({ settings }) => urlProblems('/settings/apiUrl', settings?.apiUrl),

  sameAddress: ({ chatId, threadId }) => `${chatId.toLowerCase()}/${threadId ?? ''}`,

  apprise: {
    schemes: ['tgram'],
    reads: ['to', 'topic', 'thread', 'silent'],
    off: ['preview', 'detect', 'detect_owner', 'image'],
    parse(from) {
      const { host, path, query } = from
      const botToken = host.replace(/^bot/i, '')
      if (!TOKEN.test(botToken)) return 'A Telegram URL begins with the token of a bot: tgram://123456789:token/chat'
      const [chat = query.get('to'), ...more] = path
      if (chat === undefined) return 'The URL names no chat; write tgram://token/chat'
      if (more.length > 0) return 'The URL names several chats; paste one URL for each'
      const [, chatId = chat, own] = /^([^:]+):(\d+)$/.exec(chat) ?? []
      const topic = Number(own ?? query.get('topic') ?? query.get('thread') ?? 1)
      const silent = saysYes(from, 'silent')
      return {
        settings: { botToken },
        destination: { chatId: /^[A-Za-z]/.test(chatId) ? `@${chatId}` : chatId, ...(topic > 1 ? { threadId: topic } : {}), ...(silent ? { silent } : {}) },
      }
    },
  },
})

const method = ({ botToken, apiUrl = API }: { botToken: string; apiUrl?: string }, name: string): string => below(apiUrl, `/bot${botToken}/${name}`)

const TEXT = 4096
/** With tags and addresses, but with references read: an approximation that a maintainer confirmed (https://github.com/tdlib/telegram-bot-api/issues/165). */
const WITH_TAGS = 9500

const isAccepted = (text: string): boolean => sizeOf(text, 'visible') <= TEXT && text.replace(/&\w+;/g, '.').length <= WITH_TAGS

/** Title, body and links. Very long links are left out: their markup would take the room of the text. */
function textOf(message: Message, body: string): string {
  const title = titleWithin(message, 256, escapeTelegram)
  let links = ''
  for (const [i, { url }] of message.actions.slice(0, 5).entries()) {
    const longer = `${links}${links === '' ? '' : ' · '}<a href="${escapeTags(url)}">${labelWithin(message, i, 100, escapeTelegram)}</a>`
    if (longer.length <= 3000) links = longer
  }
  const head = message.url === undefined ? title : `<a href="${escapeTags(message.url)}">${title}</a>`
  return [`<b>${head}</b>`, body.trim(), links].filter((part) => part !== '').join('\n\n')
}

/** The text to send: as it was rendered, or plain where nothing has fitted it. */
function fittedText(message: Message): string {
  const text = textOf(message, message.body)
  if (isAccepted(text)) return text
  const room = TEXT - sizeOf(textOf(message, ''), 'visible') - 2
  return textOf(message, cutEscaped(message.text, room, escapeTelegram))
}

const plainOf = (message: Message): string => truncate(callingNobody(`${oneLine(message.title)}\n\n${message.text}`), TEXT, 'utf16')

function descriptionOf(response: HttpResponse): string {
  const description = member(response.json(), 'description')
  return typeof description === 'string' ? description : ''
}

const GONE =
  /chat not found|user not found|peer_id_invalid|bot was blocked|user is deactivated|bot was kicked|not a member|can't initiate|can't send messages to bots|group chat was (deactivated|deleted)/i
/** Errors that the person, not the operator, must fix: their topic, or the bot's rights in their group. */
const CHAT = /message thread not found|topic_closed|topic_deleted|not enough rights|have no rights|chat_write_forbidden/i

/** A 429 does not distinguish the chat's limit from the bot's, so the whole bot is paused. */
function refusal({ botToken, apiUrl = API }: { botToken: string; apiUrl?: string }, response: HttpResponse, now: Millis): DeliveryError {
  const where = whereOf(apiUrl)
  const body = response.json()
  const said = member(body, 'error_code')
  const status = typeof said === 'number' ? said : response.status
  const description = descriptionOf(response)
  const wait = member(member(body, 'parameters'), 'retry_after')
  const words: Said = { said: description, secrets: [botToken] }
  const options: DeliveryErrorOptions = typeof wait === 'number' ? { retryAfterMs: clampWait(wait * SECOND) } : {}
  if (status === 429) options.throttled = 'target'
  if (GONE.test(description) || (status === 403 && description !== '')) {
    const failure = CHAT.test(description) ? 'misconfigured' : 'unreachable'
    return statusError(where, response, now, failure, {
      code: `telegram_${status}`,
      about: 'recipient',
      scope: 'message',
      field: '/destination/chatId',
      ...words,
    })
  }
  if (CHAT.test(description)) {
    const field = /thread|topic/i.test(description) ? '/destination/threadId' : '/destination/chatId'
    return statusError(where, response, now, 'misconfigured', { code: `telegram_${status}`, about: 'recipient', scope: 'message', field, ...words })
  }
  // This method is missing only with a wrong token or server path.
  const failure = status === 404 ? 'misconfigured' : failureOf(status)
  if (response.status >= 200 && response.status < 300)
    return new DeliveryError(failure, quoting(`${where} did not accept the message`, words), {
      code: `telegram_${status}`,
      status: response.status,
      ...options,
    })
  return statusError(where, response, now, failure, { ...options, ...words })
}
