import { Type } from 'typebox'
import { MINUTE, type Millis, SECOND } from '../../domain/time.ts'
import type { HttpResponse } from '../kit/contract.ts'
import { defineProvider } from '../kit/define-provider.ts'
import { DeliveryError, type DeliveryErrorOptions } from '../kit/delivery-error.ts'
import { secretUrl, text, url } from '../kit/fields.ts'
import { argumentProblems } from '../kit/hooks.ts'
import { blame, clampWait, failureOf, parseRetryAfter, statusError } from '../kit/http-errors.ts'
import { hasNoDot } from '../kit/named-outside.ts'
import { member } from '../kit/receipt.ts'
import type { Said } from '../kit/said.ts'
import { below, urlProblems, whereOf } from '../kit/urls.ts'
import { fits, postOf, REFUSED_NAME } from './discord-embed.ts'
import { chosenFields } from './discord-kinds.ts'

/**
 * A Discord channel, through an incoming webhook. Unverified: that a page instead of JSON means that Cloudflare blocks our address for a
 * while, and how long that lasts.
 */
export const discord = defineProvider({
  id: 'discord',
  name: 'Discord',
  channel: 'discord',
  docs: 'https://discord.com/developers/docs/resources/webhook#execute-webhook',
  settings: Type.Object({
    username: Type.Optional(text({ title: 'Displayed name', description: 'Default: the name of the hub.', maxLength: 80 })),
    avatar: Type.Optional(url({ title: 'Displayed picture', 'x-mentioned': true, 'x-advanced': true })),
    ...chosenFields,
    apiUrl: Type.Optional(url({ title: 'API address', description: 'For a proxy in place of https://discord.com.', 'x-advanced': true })),
  }),
  destination: Type.Object({
    webhookUrl: secretUrl({
      title: 'Webhook URL',
      description: 'Channel settings > Integrations > Webhooks > Copy webhook URL.',
      'x-link': { label: 'Discord: webhooks', url: 'https://support.discord.com/hc/en-us/articles/228383668' },
    }),
    threadId: Type.Optional(text({ title: 'Thread id', description: 'A number of 15 digits or more.', pattern: '^\\d{15,21}$', 'x-advanced': true })),
  }),
  capabilities: {
    format: 'discord',
    title: 256,
    body: 4096,
    fits,
    actions: 5,
    fields: 25,
    lengths: { label: 256, value: 1024, button: 80 },
    target: 'destination',
    rate: { count: 50, perMs: SECOND },
  },
  optional: ['link', 'picture', 'fields', 'avatar'],
  // `errors` repeats the shape of the request (https://discord.com/developers/docs/reference#error-messages).
  names: { link: /\bembeds\.\d+\.url\b/, picture: /\bembeds\.\d+\.image\b/, fields: /\bembeds\.\d+\.fields\b/, avatar: /\bavatar_url\b/ },
  refusesLink: hasNoDot,
  preview: true,

  async send({ settings, destination, message, http, clock }) {
    const hook = parseWebhook(destination.webhookUrl)
    if (!hook) throw new DeliveryError('unreachable', 'This is not the address of a Discord webhook', { code: 'destination' })
    const address = new URL(below(settings.apiUrl ?? 'https://discord.com', `/api/v10/webhooks/${hook.id}/${hook.token}?wait=true`))
    const threadId = destination.threadId ?? hook.threadId
    if (threadId !== undefined) address.searchParams.set('thread_id', threadId)
    const request = { accept: 'all' as const, json: { ...postOf(message, settings), allowed_mentions: { parse: [] } } }
    const response = await http.request(address.href, request).catch(blame)
    if (response.status >= 200 && response.status < 300) {
      const id = member(response.json(), 'id')
      return typeof id === 'string' ? { externalId: id } : {}
    }
    throw refusal(whereOf(address.href), response, clock(), hook.token)
  },

  check({ settings, destination }) {
    const problems = [...urlProblems('/settings/apiUrl', settings?.apiUrl), ...urlProblems('/settings/avatar', settings?.avatar)]
    if (settings?.username !== undefined && REFUSED_NAME.test(settings.username))
      problems.push({ pointer: '/settings/username', message: 'must not contain "discord" or "clyde": Discord refuses such names' })
    if (!destination) return problems
    const hook = parseWebhook(destination.webhookUrl)
    if (!hook) return [...problems, { pointer: '/destination/webhookUrl', message: 'must look like https://discord.com/api/webhooks/<id>/<token>' }]
    if (hook.threadId !== undefined && !/^\d{15,21}$/.test(hook.threadId))
      problems.push({ pointer: '/destination/webhookUrl', message: 'has a thread_id that is not a number of 15 digits or more' })
    if (hook.threadId !== undefined && destination.threadId !== undefined && hook.threadId !== destination.threadId)
      problems.push({ pointer: '/destination/threadId', message: 'differs from the thread_id in the webhook URL; give one of them' })
    // The hub always waits for the answer.
    return [...problems, ...argumentProblems('/destination/webhookUrl', destination.webhookUrl, ['thread_id', 'wait'])]
  },

  // https://github.com/caronc/apprise/wiki/Notify_discord
  apprise: {
    schemes: ['discord'],
    identity: 'user',
    segments: 1,
    reads: ['thread'],
    off: ['tts', 'image', 'footer', 'footer_logo', 'fields', 'avatar'],
    native: /^https:\/\/(\w+\.)?discord(app)?\.com\/api\/(v\d+\/)?webhooks\//i,
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
    return `${hook ? `${hook.id}/${hook.token}` : webhookUrl}/${threadId ?? hook?.threadId ?? ''}`
  },
})

/** Ids exceed 2^53, so they stay text. */
function parseWebhook(address: string): { id: string; token: string; threadId?: string } | null {
  const parsed = URL.parse(address)
  if (!parsed || !/^((ptb|canary)\.)?discord(app)?\.com$/.test(parsed.host) || parsed.protocol !== 'https:' || parsed.username !== '') return null
  const [, id, token] = /^\/api(?:\/v\d+)?\/webhooks\/(\d{15,21})\/([\w-]{20,200})\/?$/.exec(parsed.pathname) ?? []
  const threadId = parsed.searchParams.get('thread_id')
  return id !== undefined && token !== undefined ? { id, token, ...(threadId === null ? {} : { threadId }) } : null
}

// JSON codes that are more specific than the status (https://discord.com/developers/docs/topics/opcodes-and-status-codes#json).
/** The webhook does not exist, or its token is wrong. */
const GONE = new Set([10015, 50027])
/** The webhook exists but its thread does not; or a forum requires one; or the channel has none. */
const THREAD = new Set([10003, 220001, 220002, 220003, 220004])

function refusal(where: string, response: HttpResponse, now: Millis, token: string): Error {
  const body = response.json()
  const given = member(body, 'code')
  const code = typeof given === 'number' ? given : 0
  let failure = THREAD.has(code) ? 'misconfigured' : GONE.has(code) || response.status === 401 ? 'unreachable' : failureOf(response.status)
  const options: DeliveryErrorOptions & Said = {
    said: member(body, 'message'),
    secrets: [token],
    ...(code === 0 ? {} : { code: `discord_${code}`, ...(THREAD.has(code) && { field: '/destination/threadId' }) }),
  }
  // A page instead of JSON means that Cloudflare blocks our address for a while, for all webhooks; retrying soon prolongs it.
  const banned = (response.status === 403 || response.status === 429) && body === undefined
  if (banned) failure = 'temporary'
  if (response.status === 429 || banned) {
    const retryAfter = member(body, 'retry_after')
    const waits = [
      typeof retryAfter === 'number' ? retryAfter * SECOND : undefined,
      secondsIn(response.headers['x-ratelimit-reset-after']),
      parseRetryAfter(response.headers['retry-after'], now),
    ].filter((wait) => wait !== undefined)
    if (banned || isGlobal(response)) options.throttled = 'connection'
    options.retryAfterMs = clampWait(waits.length > 0 ? Math.max(...waits) : banned ? 15 * MINUTE : SECOND)
  }
  return statusError(where, response, now, failure, options)
}

/** The global limit; every other limit is that of one webhook or its channel (https://discord.com/developers/docs/topics/rate-limits). */
const isGlobal = (response: HttpResponse): boolean =>
  member(response.json(), 'global') === true || response.headers['x-ratelimit-global'] === 'true' || response.headers['x-ratelimit-scope'] === 'global'

const secondsIn = (value: string | undefined): number | undefined => (value === undefined || !/^\d+(\.\d+)?$/.test(value) ? undefined : Number(value) * SECOND)
