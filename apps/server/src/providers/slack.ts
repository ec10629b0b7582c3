import { Type } from 'typebox'
import type { DeliveryFailure } from '../domain/delivery.ts'
import { escapeSlack } from '../domain/escapes/slack.ts'
import type { Severity } from '../domain/event-type.ts'
import { lacks, type Message } from '../domain/message.ts'
import { HOUR, type Millis, SECOND } from '../domain/time.ts'
import { targetsOf } from './kit/apprise-url.ts'
import type { HttpResponse } from './kit/contract.ts'
import { defineProvider } from './kit/define-provider.ts'
import { DeliveryError, type DeliveryErrorOptions } from './kit/delivery-error.ts'
import { secretUrl, text, url } from './kit/fields.ts'
import { argumentProblems } from './kit/hooks.ts'
import { blame, failureOf, statusError } from './kit/http-errors.ts'
import { bodyWithin, fieldsWithin, titleWithin } from './kit/markup.ts'
import { entryOf, member } from './kit/receipt.ts'
import { keysIn, plainWords, quoting, type Said } from './kit/said.ts'
import { oneLine, truncate } from './kit/truncate.ts'
import { below, urlProblems, whereOf } from './kit/urls.ts'

/**
 * A Slack channel, through an incoming webhook. Only legacy webhooks accept name, picture and channel; those of Slack apps keep their own.
 * (unverified): the size limits of buttons and alternative texts.
 */
export const slack = defineProvider({
  id: 'slack',
  name: 'Slack',
  channel: 'slack',
  docs: 'https://docs.slack.dev/messaging/sending-messages-using-incoming-webhooks',
  settings: Type.Object({
    username: Type.Optional(text({ title: 'Displayed name', description: 'Webhooks of Slack apps ignore it.', maxLength: 80, 'x-advanced': true })),
    icon: Type.Optional(
      text({
        'x-mentioned': true,
        title: 'Displayed picture',
        description: 'An emoji such as :bell:, or a URL.',
        pattern: "^(:[\\w+'-]+:|https?://\\S+)$",
        'x-advanced': true,
      }),
    ),
    apiUrl: Type.Optional(url({ title: 'API address', description: 'For a proxy in place of https://hooks.slack.com.', 'x-advanced': true })),
  }),
  destination: Type.Object({
    webhookUrl: secretUrl({
      title: 'Webhook URL',
      description: 'Your app > Incoming Webhooks > Webhook URL.',
      'x-link': { label: 'Slack: your apps', url: 'https://api.slack.com/apps' },
      examples: ['https://hooks.slack.com/services/T0AAAAAAA/B0AAAAAAA/theSecretPart'],
    }),
    channel: Type.Optional(text({ title: 'Channel', description: 'In place of the webhook’s own; legacy webhooks only.', maxLength: 80, 'x-advanced': true })),
  }),
  capabilities: { format: 'slack', title: 150, body: 3000, actions: 5, fields: 10, target: 'destination', rate: { count: 1, perMs: SECOND } },
  optional: ['link', 'picture', 'buttons', 'fields', 'avatar'],
  // Where Slack says more than a word, it gives a JSON pointer into the request; the title is the block above, the rest is an attachment.
  names: {
    link: /json-pointer:\/blocks\/0\b/,
    picture: /\bimage_url\b|\balt_text\b|\bdownloading image failed\b/i,
    buttons: /\/elements\b/,
    fields: /\/fields\b/,
    avatar: /\bicon_url\b/,
  },
  preview: true,

  async send({ settings, destination, message, http, clock }) {
    const hook = parseHook(destination.webhookUrl)
    if (!hook) throw new DeliveryError('unreachable', 'This is not the address of a Slack webhook', { code: 'destination' })
    const address = below(settings.apiUrl ?? hook.origin, hook.path)
    const { username, icon } = settings
    const response = await http
      .request(address, {
        accept: 'all',
        json: {
          username,
          ...(icon?.startsWith(':') ? { icon_emoji: icon } : { icon_url: lacks(message, 'avatar') ? undefined : icon }),
          channel: destination.channel,
          ...postOf(message),
        },
      })
      .catch(blame)
    const error = refusal(whereOf(address), response, clock(), keysIn(destination.webhookUrl))
    if (error) throw error
    return {}
  },

  check({ settings, destination }) {
    const problems = urlProblems('/settings/apiUrl', settings?.apiUrl)
    if (settings?.icon !== undefined && !settings.icon.startsWith(':')) problems.push(...urlProblems('/settings/icon', settings.icon))
    if (destination && !parseHook(destination.webhookUrl))
      problems.push({ pointer: '/destination/webhookUrl', message: 'must look like https://hooks.slack.com/services/T…/B…/…' })
    else problems.push(...argumentProblems('/destination/webhookUrl', destination?.webhookUrl, []))
    return problems
  },

  sameAddress({ webhookUrl, channel }) {
    return `${parseHook(webhookUrl)?.path ?? webhookUrl}/${channel ?? ''}`
  },

  apprise: {
    schemes: ['slack'],
    identity: 'user',
    reads: ['to'],
    off: ['image', 'footer'],
    native: /^https:\/\/hooks\.slack(-gov)?\.com\/services\//i,
    parse(url) {
      const { user, host, path } = url
      const [second, third, ...rest] = path
      const channels = targetsOf(rest, url)
      if (host.startsWith('xox')) return 'Bot tokens are not supported; create an incoming webhook and paste slack://A/B/C'
      if (second === undefined || third === undefined) return 'A Slack URL is slack://A/B/C, the three parts of the webhook'
      if (channels.length > 1) return 'The URL names several channels; paste one URL for each'
      const webhookUrl = `https://hooks.slack.com/services/${host}/${second}/${third}`
      const [channel] = channels
      return { ...(user === undefined ? {} : { settings: { username: user } }), destination: { webhookUrl, ...(channel === undefined ? {} : { channel }) } }
    },
  },
})

function parseHook(address: string): { origin: string; path: string } | null {
  const parsed = URL.parse(address)
  if (parsed?.protocol !== 'https:' || parsed.username !== '' || !/^hooks\.slack(-gov)?\.com$/.test(parsed.host)) return null
  const path = parsed.pathname.replace(/\/$/, '')
  return /^\/services\/T\w+\/B\w+\/\w+$/.test(path) ? { origin: parsed.origin, path } : null
}

const COLOURS: Record<Severity, string | undefined> = {
  debug: undefined,
  info: '#3AA3E3',
  success: 'good',
  warning: 'warning',
  error: 'danger',
  critical: 'danger',
}

/** A header shows plain text, so a title with an author’s emoji is bold text. The title is above; the rest is an attachment, because only attachments have a colour bar. `text` is shown in notifications. */
function postOf(message: Message): object {
  const title = oneLine(message.title)
  const shown = titleWithin(message, 2000, escapeSlack)
  const href = message.url === undefined ? '' : encodeSigns(message.url)
  const head =
    href !== '' && href.length <= 900
      ? mrkdwn(`*<${href}|${titleWithin(message, 1900, (text) => escapeSlack(text, { label: true }))}>*`)
      : message.coded !== undefined
        ? mrkdwn(`*${shown}*`)
        : { type: 'header', text: { type: 'plain_text', text: truncate(title, 150), emoji: false } }
  const blocks = blocksOf(message)
  return {
    text: shown,
    blocks: title === '' ? undefined : [head],
    attachments: blocks.length === 0 ? undefined : [{ color: COLOURS[message.severity], blocks }],
    unfurl_links: false,
    unfurl_media: false,
  }
}

function blocksOf(message: Message): object[] {
  const blocks: object[] = []
  const body = bodyWithin(message, 3000, escapeSlack)
  if (body.trim() !== '') blocks.push(mrkdwn(body))
  const fields = fieldsWithin(message, 10, { label: 200, value: 1700 }, escapeSlack).map(({ label, value }) => ({
    type: 'mrkdwn',
    text: `*${label}*\n${value}`,
    verbatim: true,
  }))
  if (fields.length > 0) blocks.push({ type: 'section', fields })
  if (message.image !== undefined) blocks.push({ type: 'image', image_url: message.image, alt_text: truncate(oneLine(message.title), 2000) || '…' })
  // Slack refuses the whole message for a button without an absolute web address.
  const elements = message.actions
    .filter(({ label, url }) => /^https?:/.test(url) && url.length <= 3000 && oneLine(label) !== '')
    .slice(0, 5)
    .map(({ label, url }) => ({ type: 'button', text: { type: 'plain_text', text: truncate(oneLine(label), 75), emoji: false }, url }))
  if (elements.length > 0) blocks.push({ type: 'actions', elements })
  return blocks
}

/** `verbatim`: bare URLs and channel names in data stay text. */
const mrkdwn = (text: string): object => ({ type: 'section', text: { type: 'mrkdwn', text, verbatim: true } })
/** Characters that would end a link or mark emphasis in it are percent-encoded; `&` becomes an entity. */
const encodeSigns = (href: string): string => href.replace(/[<>|*~`]/g, (sign) => `%${sign.charCodeAt(0).toString(16).toUpperCase()}`).replaceAll('&', '&amp;')

/** Slack's responses are words in plain text (https://docs.slack.dev/messaging/sending-messages-using-incoming-webhooks#handling_errors). */
const WORDS: Record<string, DeliveryFailure> = {
  invalid_payload: 'rejected',
  no_text: 'rejected',
  missing_text_or_fallback_or_attachments: 'rejected',
  too_many_attachments: 'rejected',
  invalid_blocks: 'rejected',
  invalid_blocks_format: 'rejected',
  invalid_attachments: 'rejected',
  user_not_found: 'rejected',
  action_prohibited: 'misconfigured',
  posting_to_general_channel_denied: 'misconfigured',
  invalid_token: 'unreachable',
  team_disabled: 'unreachable',
  channel_not_found: 'unreachable',
  channel_is_archived: 'unreachable',
  no_service: 'unreachable',
  no_service_id: 'unreachable',
  no_team: 'unreachable',
  no_active_hooks: 'unreachable',
  rollup_error: 'temporary',
  ratelimited: 'temporary',
  rate_limited: 'temporary',
  message_limit_exceeded: 'temporary',
  team_access_not_granted: 'misconfigured',
  org_login_required: 'misconfigured',
  restricted_action: 'misconfigured',
  account_inactive: 'unreachable',
  token_revoked: 'unreachable',
  token_expired: 'unreachable',
}

/** A word may come with any status. */
const LIMITS: Record<string, DeliveryErrorOptions> = {
  ratelimited: { about: 'limit', throttled: 'target' },
  rate_limited: { about: 'limit', throttled: 'target' },
  message_limit_exceeded: { about: 'limit', throttled: 'target', retryAfterMs: 4 * HOUR },
}

/** Null when it was accepted: exactly `ok`, or an empty body because it was truncated. */
function refusal(where: string, response: HttpResponse, now: Millis, secrets: string[]): DeliveryError | null {
  const accepted = response.status >= 200 && response.status < 300
  const json = response.json()
  const word = member(json, 'ok') === false ? member(json, 'error') : response.text.trim()
  const known = entryOf(WORDS, word)
  if (accepted && (word === 'ok' || word === '')) return null
  const words: Said = { said: json === undefined ? plainWords(response) : word, secrets }
  const code = known === undefined ? {} : { code: `slack_${String(word)}`, ...entryOf(LIMITS, word) }
  if (accepted)
    return new DeliveryError(known ?? 'rejected', quoting(`${where} did not accept the message`, words), {
      status: response.status,
      code: 'slack_not_ok',
      ...code,
    })
  return statusError(where, response, now, known ?? failureOf(response.status), { ...code, ...words })
}
