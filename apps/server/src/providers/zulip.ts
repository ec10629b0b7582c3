import { Type } from 'typebox'
import { escapeZulip } from '../domain/escapes/zulip.ts'
import type { Message } from '../domain/message.ts'
import { type Millis, SECOND } from '../domain/time.ts'
import { targetsOf } from './kit/apprise-url.ts'
import { headline, linkLine, markdownNotation } from './kit/attachment.ts'
import { basic } from './kit/basic.ts'
import { clearTextUrl } from './kit/clear-text.ts'
import type { HttpResponse } from './kit/contract.ts'
import { defineProvider } from './kit/define-provider.ts'
import { DeliveryError } from './kit/delivery-error.ts'
import { email, secret, text, url } from './kit/fields.ts'
import { blame, clampWait, failureOf, statusError } from './kit/http-errors.ts'
import { bodyWithin } from './kit/markup.ts'
import { member } from './kit/receipt.ts'
import { quoting, type Said } from './kit/said.ts'
import { oneLine, truncate } from './kit/truncate.ts'
import { trustSettings } from './kit/trust.ts'
import { below, urlProblems, whereOf } from './kit/urls.ts'

const CONTENT = 10_000
const NOTATION = markdownNotation(escapeZulip)

/** Title, body and links are one text. */
const contentOf = (message: Message, body: string): string =>
  [headline(message, NOTATION), body, linkLine(message, 5, NOTATION)].filter((part) => part.trim() !== '').join('\n\n')

/** A Zulip channel or person, through a bot. Everything here is (unverified). */
export const zulip = defineProvider({
  id: 'zulip',
  name: 'Zulip',
  channel: 'zulip',
  docs: 'https://zulip.com/api/send-message',
  settings: Type.Object({
    site: url({ title: 'Server', examples: ['https://example.zulipchat.com'] }),
    email: email({ title: 'Bot’s e-mail address', examples: ['carillon-bot@example.zulipchat.com'] }),
    apiKey: secret({ title: 'API key', description: 'The bot’s key.', 'x-link': { label: 'Zulip: the key of a bot', url: 'https://zulip.com/api/api-keys' } }),
    ...trustSettings,
  }),
  destination: Type.Object({
    to: text({
      title: 'Channel or person',
      description: 'The name of a channel, or @ and a person’s e-mail address or number.',
      maxLength: 254,
      examples: ['alerts'],
    }),
    topic: Type.Optional(text({ title: 'Topic', description: 'For a channel. Default: the category of the event.', maxLength: 60 })),
  }),
  capabilities: {
    format: 'zulip',
    title: 250,
    body: CONTENT,
    fits: (message) => contentOf(message, message.body).length <= CONTENT,
    actions: 5,
    target: 'connection',
  },
  preview: true,

  async send({ settings, destination, message, http, clock }) {
    const { to, topic = oneLine(message.event.topic ?? message.event.category) } = destination
    const person = personOf(to)
    const response = await http
      .request(below(settings.site, '/api/v1/messages'), {
        accept: 'all',
        headers: authorization(settings),
        form: {
          ...(person === null ? { type: 'stream', to, topic: truncate(topic, 60) || 'Carillon' } : { type: 'direct', to: JSON.stringify([person]) }),
          content: contentOf(message, bodyWithin(message, CONTENT - contentOf(message, '').length - 2, escapeZulip)),
        },
      })
      .catch(blame)
    const error = refusal(settings, response, clock())
    if (error) throw error
    const id = member(response.json(), 'id')
    return typeof id === 'number' ? { externalId: String(id) } : {}
  },

  async verify({ settings, http }) {
    await http.request(below(settings.site, '/api/v1/users/me'), { method: 'GET', headers: authorization(settings) }).catch(blame)
  },

  check({ settings, destination }) {
    const problems = [...urlProblems('/settings/site', settings?.site), ...clearTextUrl('/settings/site', settings?.site, settings?.apiKey)]
    if (destination?.to.startsWith('@') && personOf(destination.to) === null)
      problems.push({ pointer: '/destination/to', message: 'must be a channel, or @ and an e-mail address or a number' })
    return problems
  },

  sameAddress: ({ to, topic }) => JSON.stringify([to.toLowerCase(), topic]),

  apprise: {
    schemes: ['zulip'],
    identity: 'user',
    reads: ['to'],
    parse(url) {
      const { user, host, path } = url
      const [apiKey, ...rest] = path
      const [to, ...more] = targetsOf(rest, url)
      if (user === undefined || apiKey === undefined) return 'A Zulip URL is zulip://botname@organization/apikey/channel'
      if (to === undefined) return 'The URL names no channel or person'
      if (more.length > 0) return 'The URL names several targets; paste one URL for each'
      const domain = host.includes('.') ? host : `${host}.zulipchat.com`
      const bot = user.includes('@') ? user : `${user.endsWith('-bot') ? user : `${user}-bot`}@${domain}`
      return { settings: { site: `https://${domain}`, email: bot, apiKey }, destination: { to: to.includes('@') ? `@${to}` : to } }
    },
  },
})

const authorization = ({ email, apiKey }: { email: string; apiKey: string }): Record<string, string> => ({ authorization: basic(email, apiKey) })

/** `@somebody` by e-mail address or number; null for a channel. */
function personOf(to: string): string | number | null {
  const name = to.startsWith('@') ? to.slice(1) : ''
  if (/^\d{1,15}$/.test(name)) return Number(name)
  return /^[^\s@]+@[^\s@]+$/.test(name) ? name : null
}

function refusal({ site, apiKey }: { site: string; apiKey: string }, response: HttpResponse, now: Millis): DeliveryError | null {
  const where = whereOf(site)
  const body = response.json()
  const code = member(body, 'code')
  const words: Said = { said: member(body, 'msg'), secrets: [apiKey] }
  const known = typeof code === 'string' && /^\w{1,60}$/.test(code) ? { code: `zulip_${code}` } : {}
  const accepted = response.status >= 200 && response.status < 300
  // An unreadable body was truncated after a success status.
  if (accepted && (body === undefined || member(body, 'result') === 'success')) return null
  // The person must fix the channel, so it does not count against the connection.
  if (code === 'STREAM_DOES_NOT_EXIST')
    return new DeliveryError('misconfigured', `${where} does not know this channel`, {
      status: response.status,
      ...known,
      scope: 'message',
      field: '/destination/to',
    })
  if (accepted)
    return new DeliveryError('rejected', quoting(`${where} did not accept the message`, words), { status: response.status, code: 'zulip_error', ...known })
  const wait = member(body, 'retry-after')
  const options =
    response.status === 429 && typeof wait === 'number' && response.headers['retry-after'] === undefined ? { retryAfterMs: clampWait(wait * SECOND) } : {}
  // A server without this path is not Zulip.
  return statusError(where, response, now, response.status === 404 ? 'misconfigured' : failureOf(response.status), { ...known, ...options, ...words })
}
