import { Type } from 'typebox'
import type { DeliveryFailure } from '../domain/delivery.ts'
import type { Message } from '../domain/message.ts'
import type { Millis } from '../domain/time.ts'
import { serverOf } from './kit/apprise-url.ts'
import { basic } from './kit/basic.ts'
import { clearTextUrl } from './kit/clear-text.ts'
import type { HttpResponse } from './kit/contract.ts'
import { defineProvider } from './kit/define-provider.ts'
import type { DeliveryError } from './kit/delivery-error.ts'
import { secret, text, url } from './kit/fields.ts'
import { blame, failureOf, statusError } from './kit/http-errors.ts'
import { member } from './kit/receipt.ts'
import { plainWords, type Said } from './kit/said.ts'
import { oneLine, truncate } from './kit/truncate.ts'
import { trustSettings } from './kit/trust.ts'
import { below, urlProblems, whereOf } from './kit/urls.ts'

const BODY = 4000

/**
 * Signal, through a self-hosted signal-cli REST API (https://github.com/bbernhard/signal-cli-rest-api). It documents no length; we cut
 * texts at this limit (unverified).
 */
export const signal = defineProvider({
  serverHeaders: ['authorization'],
  id: 'signal',
  name: 'Signal',
  channel: 'signal',
  docs: 'https://bbernhard.github.io/signal-cli-rest-api/#/Messages/post_v2_send',
  settings: Type.Object({
    server: url({ title: 'Server', description: 'Address of signal-cli-rest-api.', examples: ['http://signal.example.com:8080'] }),
    number: text({
      title: 'Sender',
      description: 'The registered number, for example +4915112345678.',
      pattern: '^\\+[1-9]\\d{5,14}$',
      examples: ['+4915112345678'],
    }),
    username: Type.Optional(
      text({ title: 'User name', description: 'If a proxy in front of it requires one.', pattern: '^[^:\\u0000-\\u001f]*$', 'x-advanced': true }),
    ),
    password: Type.Optional(secret({ title: 'Password', 'x-advanced': true })),
    ...trustSettings,
  }),
  destination: Type.Object({
    recipient: text({
      title: 'Recipient',
      description: 'A number (+4915187654321), a user name (u:name.01), or a group (group.…).',
      pattern: '^(\\+[1-9]\\d{5,14}|u:\\S{1,64}|group\\.[A-Za-z0-9+/=_-]{1,128})$',
      examples: ['+4915187654321'],
    }),
  }),
  capabilities: { format: 'text', title: 250, body: BODY, target: 'connection' },
  preview: true,

  async send({ settings, destination, message, http, clock }) {
    const { server, number, username, password } = settings
    const response = await http
      .request(below(server, '/v2/send'), {
        accept: 'all',
        ...(username === undefined ? {} : { headers: { authorization: basic(username, password) } }),
        // A server may read signs as styles unless it is told not to.
        json: { message: textOf(message), text_mode: 'normal', number, recipients: [destination.recipient] },
      })
      .catch(blame)
    if (response.status < 200 || response.status > 299)
      throw refusal({ where: whereOf(server), number, recipient: destination.recipient, password }, response, clock())
    const timestamp = member(response.json(), 'timestamp')
    return typeof timestamp === 'string' || typeof timestamp === 'number' ? { externalId: String(timestamp) } : {}
  },

  check({ settings }) {
    const problems = [...urlProblems('/settings/server', settings?.server), ...clearTextUrl('/settings/server', settings?.server, settings?.password)]
    if (settings?.password !== undefined && settings.username === undefined)
      problems.push({ pointer: '/settings/username', message: 'is required with a password' })
    return problems
  },

  sameAddress: ({ recipient }) => recipient,

  apprise: {
    schemes: ['signal', 'signals'],
    identity: 'both',
    reads: ['from', 'to'],
    off: ['batch', 'status'],
    parse(url) {
      const { user, password, path, query } = url
      const [from = query.get('from'), to = query.get('to'), ...more] = path
      if (from === undefined || to === undefined) return 'A Signal URL is signals://host:port/sender/recipient'
      if (more.length > 0) return 'The URL names several recipients; paste one URL for each'
      return {
        settings: {
          server: serverOf(url),
          number: international(from),
          ...(user === undefined ? {} : { username: user }),
          ...(password === undefined ? {} : { password }),
        },
        destination: { recipient: to.startsWith('@') ? `group.${to.slice(1)}` : international(to) },
      }
    },
  },
})

const international = (number: string): string => (/^\d/.test(number) ? `+${number}` : number)

function textOf(message: Message): string {
  const title = truncate(oneLine(message.title), 250)
  return [title, truncate(message.body, BODY), message.url ?? ''].filter((part) => part.trim() !== '').join('\n')
}

/** signal-cli reports errors as a sentence. */
const SENTENCES: [pattern: RegExp, failure: DeliveryFailure, field?: string][] = [
  [/invalid account/i, 'misconfigured', '/settings/number'],
  [/invalid group id|unregistered user|invalid recipient/i, 'unreachable', '/destination/recipient'],
  [/is not registered/i, 'misconfigured', '/settings/number'],
]

interface Asked {
  where: string
  number: string
  recipient: string
  password: string | undefined
}

function refusal({ where, number, recipient, password }: Asked, response: HttpResponse, now: Millis): DeliveryError {
  const error = member(response.json(), 'error')
  const sentence = typeof error === 'string' ? error : response.text
  const words: Said = { said: typeof error === 'string' ? error : plainWords(response), secrets: [password] }
  // signal-cli passes on the rate limit of Signal's servers with this status.
  if (response.status === 400 && /rate.?limit/i.test(sentence)) return statusError(where, response, now, 'temporary', { throttled: 'target', ...words })
  // Only the number tells whether the sender or the recipient is unregistered.
  if (response.status === 400 && /is not registered/i.test(sentence) && sentence.includes(recipient) && !sentence.includes(number))
    return statusError(where, response, now, 'unreachable', { field: '/destination/recipient', ...words })
  const [, known, field] = (response.status === 400 ? SENTENCES.find(([pattern]) => pattern.test(sentence)) : undefined) ?? []
  // A server without this path is not signal-cli.
  return statusError(where, response, now, known ?? (response.status === 404 ? 'misconfigured' : failureOf(response.status)), { field, ...words })
}
