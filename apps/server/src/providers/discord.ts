import { Type } from 'typebox'
import type { DeliveryFailure } from '../domain/delivery.ts'
import type { Severity } from '../domain/event-type.ts'
import type { Message } from '../domain/message.ts'
import { MINUTE, type Millis, SECOND, toIso } from '../domain/time.ts'
import { DeliveryError, type DeliveryErrorOptions } from './delivery-error.ts'
import { secretUrl, text, url } from './fields.ts'
import { clampWait, failureOf, parseRetryAfter, statusError } from './http.ts'
import { defineProvider, type HttpResponse } from './provider.ts'
import { member } from './receipt.ts'
import { oneLine, truncate } from './truncate.ts'
import { urlProblems, whereOf } from './urls.ts'

/** A Discord channel, through an incoming webhook that somebody made there. */
export const discord = defineProvider({
  id: 'discord',
  name: 'Discord',
  channel: 'discord',
  docs: 'https://discord.com/developers/docs/resources/webhook#execute-webhook',
  settings: Type.Object({
    username: Type.Optional(text({ title: 'Shown name', description: 'Instead of the name of the webhook.', maxLength: 80 })),
    avatarUrl: Type.Optional(url({ title: 'Shown picture', 'x-advanced': true })),
    apiUrl: Type.Optional(url({ title: 'API address', description: 'For a proxy in place of https://discord.com.', 'x-advanced': true })),
  }),
  destination: Type.Object({
    webhookUrl: secretUrl({
      title: 'Webhook URL',
      description: 'Channel settings > Integrations > Webhooks > Copy webhook URL.',
      'x-link': { label: 'Discord: webhooks', url: 'https://support.discord.com/hc/en-us/articles/228383668' },
    }),
    threadId: Type.Optional(text({ title: 'Thread id', pattern: '^\\d{15,21}$', 'x-advanced': true })),
  }),
  capabilities: { format: 'discord', title: 256, body: 4096, actions: 5, fields: 25, target: 'destination', rate: { count: 50, perMs: SECOND } },

  async send({ settings, destination, message, http, clock }) {
    const hook = parseWebhook(destination.webhookUrl)
    if (!hook) throw new DeliveryError('unreachable', 'This is not the address of a Discord webhook', { code: 'destination' })
    const address = new URL(`/api/v10/webhooks/${hook.id}/${hook.token}?wait=true`, settings.apiUrl ?? 'https://discord.com')
    if (destination.threadId !== undefined) address.searchParams.set('thread_id', destination.threadId)
    const response = await http.request(address.href, {
      accept: 'all',
      json: { username: settings.username, avatar_url: settings.avatarUrl, embeds: [embedOf(message)], allowed_mentions: { parse: [] } },
    })
    if (response.status >= 200 && response.status < 300) {
      const id = member(response.json(), 'id')
      return typeof id === 'string' ? { externalId: id } : {}
    }
    throw refusal(whereOf(address.href), response, clock())
  },

  check({ settings, destination }) {
    const problems = [...urlProblems('/settings/apiUrl', settings?.apiUrl), ...urlProblems('/settings/avatarUrl', settings?.avatarUrl)]
    if (settings?.username !== undefined && /clyde|discord/i.test(settings.username))
      problems.push({ pointer: '/settings/username', message: 'must not contain "discord" or "clyde": Discord refuses such names' })
    if (destination && !parseWebhook(destination.webhookUrl))
      problems.push({ pointer: '/destination/webhookUrl', message: 'must look like https://discord.com/api/webhooks/<id>/<token>' })
    return problems
  },

  // https://github.com/caronc/apprise/wiki/Notify_discord
  apprise: {
    schemes: ['discord'],
    parse({ user, host, path: [token], query }) {
      if (host === '' || token === undefined) return 'A Discord URL is discord://webhook_id/webhook_token'
      const threadId = query.get('thread')
      return {
        settings: { username: user },
        destination: { webhookUrl: `https://discord.com/api/webhooks/${host}/${token}`, threadId },
      }
    },
  },

  sameAddress({ webhookUrl, threadId }) {
    const hook = parseWebhook(webhookUrl)
    return `${hook ? `${hook.id}/${hook.token}` : webhookUrl}/${threadId ?? ''}`
  },
})

/** Ids are beyond 2^53 and stay text. */
function parseWebhook(address: string): { id: string; token: string } | null {
  const parsed = URL.parse(address)
  if (!parsed || !/^((ptb|canary)\.)?discord(app)?\.com$/.test(parsed.host) || parsed.protocol !== 'https:' || parsed.username !== '') return null
  const [, id, token] = /^\/api(?:\/v\d+)?\/webhooks\/(\d{15,21})\/([\w-]{20,200})\/?$/.exec(parsed.pathname) ?? []
  return id !== undefined && token !== undefined ? { id, token } : null
}

const COLOURS: Record<Severity, number> = { debug: 9807270, info: 3843043, success: 2605644, warning: 16753920, error: 15749200, critical: 15749200 }
const TOTAL = 6000

/** One embed within every limit of Discord: each text its own, and 6000 characters in all; one character more would lose the message. */
function embedOf(message: Message): object {
  const title = truncate(oneLine(message.title), 256)
  const links = message.actions.slice(0, 5).map(({ label, url }) => `[${oneLine(label).replace(/[[\]\\]/g, '\\$&')}](${url})`)
  const tail = links.length > 0 ? `\n\n${links.join(' · ')}` : ''
  // Half a link is no link: when they would take the place of the text they are left out whole.
  const footer = count(tail) <= 2048 ? tail : ''
  const description = truncate(message.body, 4096 - count(footer)) + footer
  let room = TOTAL - count(title) - count(description)
  const fields: { name: string; value: string; inline: boolean }[] = []
  for (const field of message.fields.slice(0, 25)) {
    const name = truncate(oneLine(field.label), 256)
    const value = truncate(field.value, 1024)
    room -= count(name) + count(value)
    if (room < 0) break
    // Discord refuses the whole message for one empty field.
    if (name.trim() !== '' && value.trim() !== '') fields.push({ name, value, inline: count(value) <= 40 })
  }
  return {
    title,
    description: description === '' ? undefined : description,
    url: message.url,
    color: COLOURS[message.severity],
    timestamp: toIso(message.event.createdAt),
    image: message.image === undefined ? undefined : { url: message.image },
    fields,
  }
}

const count = (value: string): number => Array.from(value).length

/** JSON codes that say more than the status (https://discord.com/developers/docs/topics/opcodes-and-status-codes#json). */
const BY_CODE: Record<number, DeliveryFailure> = {
  10003: 'misconfigured', // the thread is gone, the webhook is not
  10015: 'unreachable',
  50027: 'unreachable',
  220001: 'misconfigured', // a forum wants a thread
  220002: 'misconfigured',
  220003: 'misconfigured',
  220004: 'misconfigured',
}

function refusal(where: string, response: HttpResponse, now: Millis): Error {
  const body = response.json()
  const given = member(body, 'code')
  const code = typeof given === 'number' ? given : 0
  let failure = BY_CODE[code] ?? (response.status === 401 ? 'unreachable' : failureOf(response.status))
  const options: DeliveryErrorOptions = code === 0 ? {} : { code: `discord_${code}` }
  // A page instead of JSON is Cloudflare turning our address away for a while; asking again soon makes it longer.
  const banned = (response.status === 403 || response.status === 429) && body === undefined
  if (banned) failure = 'temporary'
  if (response.status === 429 || banned) {
    const retryAfter = member(body, 'retry_after')
    const waits = [
      typeof retryAfter === 'number' ? retryAfter * SECOND : undefined,
      secondsIn(response.headers['x-ratelimit-reset-after']),
      parseRetryAfter(response.headers['retry-after'], now),
    ].filter((wait) => wait !== undefined)
    options.retryAfterMs = clampWait(waits.length > 0 ? Math.max(...waits) : banned ? 15 * MINUTE : SECOND)
  }
  return statusError(where, response, now, failure, options)
}

const secondsIn = (value: string | undefined): number | undefined => (value === undefined || !/^\d+(\.\d+)?$/.test(value) ? undefined : Number(value) * SECOND)
