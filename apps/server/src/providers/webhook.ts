import type { KeyObject } from 'node:crypto'
import { type Static, Type } from 'typebox'
import { HOPS_HEADER } from '../domain/hops.ts'
import { SECOND } from '../domain/time.ts'
import { serverOf } from './kit/apprise-url.ts'
import { basic } from './kit/basic.ts'
import type { HttpRequest, Problem } from './kit/contract.ts'
import { defineProvider } from './kit/define-provider.ts'
import { DeliveryError } from './kit/delivery-error.ts'
import { allowedHeaders, extraHeaders, headerProblems } from './kit/extra-headers.ts'
import { oneOf, secret, text, url } from './kit/fields.ts'
import { argumentProblems } from './kit/hooks.ts'
import { statusError } from './kit/http-errors.ts'
import { payloadOf } from './kit/payload.ts'
import { signWebhook, WEBHOOK_SECRET_PATTERN, webhookKey } from './kit/security.ts'
import { trustSettings } from './kit/trust.ts'
import { normalUrl, urlProblems, whereOf } from './kit/urls.ts'

const settings = Type.Object({
  timeoutSeconds: Type.Optional(
    Type.Integer({
      title: 'Timeout in seconds',
      description: 'For connect, headers and body together.',
      minimum: 1,
      maximum: 30,
      default: 15,
      'x-advanced': true,
    }),
  ),
  ...trustSettings,
})

const signingSecret = secret({ title: 'Signing secret', description: 'whsec_ and base64, as in Standard Webhooks.', pattern: WEBHOOK_SECRET_PATTERN })

const destination = Type.Object({
  url: url({ title: 'URL' }),
  method: Type.Optional(oneOf({ POST: 'POST', PUT: 'PUT' }, { title: 'Method', default: 'POST', 'x-advanced': true })),
  secret: Type.Optional(
    Type.Union([signingSecret, Type.Array(signingSecret, { minItems: 1, maxItems: 2 })], {
      title: 'Signing secret',
      description: 'One, or two during a replacement: the new one first. Both signatures are sent.',
      'x-widget': 'password',
      'x-secret': true,
    }),
  ),
  headers: Type.Optional(extraHeaders()),
  username: Type.Optional(text({ title: 'User name', 'x-advanced': true })),
  password: Type.Optional(secret({ title: 'Password', 'x-advanced': true })),
  bearer: Type.Optional(secret({ title: 'Bearer token', 'x-advanced': true })),
})

/** The address is called as it is, with its arguments; only a fragment would be lost. */
const fragmentProblems = (url: string) =>
  argumentProblems('/destination/url', url, [...(URL.parse(url)?.searchParams.keys() ?? [])]).filter(({ message }) => message.includes('fragment'))

/** Any URL, called as Standard Webhooks (https://www.standardwebhooks.com/) describes. */
export const webhook = defineProvider({
  id: 'webhook',
  name: 'Webhook',
  channel: 'webhook',
  docs: 'https://www.standardwebhooks.com/',
  settings,
  destination,
  capabilities: { format: 'json', target: 'destination' },

  async send(job) {
    const { destination: to, delivery, http, clock } = job
    const ready = prepare(to)
    const body = JSON.stringify(payloadOf(job))
    const timestamp = Math.floor(clock() / SECOND)
    const headers: Record<string, string> = { ...ready.headers, 'webhook-id': delivery.id, 'webhook-timestamp': String(timestamp) }
    headers[HOPS_HEADER] = String(delivery.hops ?? 1)
    if (ready.keys.length > 0) headers['webhook-signature'] = signWebhook(ready.keys, delivery.id, timestamp, body)
    const request: HttpRequest = { method: ready.method, headers, body, accept: ACCEPT, pages: true }
    if (job.settings.timeoutSeconds !== undefined) request.deadlineMs = job.settings.timeoutSeconds * SECOND
    const response = await http.request(to.url, request)
    // Receivers answer 404 during a deployment, n8n and Home Assistant while a flow is not active; only 410 means permanently gone.
    if (response.status === 404) throw statusError(ready.where, response, clock(), 'temporary')
    return {}
  },

  check({ destination: to }) {
    if (!to) return []
    return [
      ...urlProblems('/destination/url', to.url),
      ...fragmentProblems(to.url),
      ...headerProblems('/destination/headers', to.headers),
      ...secretProblems(to),
      ...authProblems(to),
    ]
  },

  // https://github.com/caronc/apprise/wiki/Notify_Custom_JSON; the payload is our own body, which has more fields than Apprise's.
  apprise: {
    schemes: ['json', 'jsons'],
    identity: 'both',
    reads: ['method'],
    signs: ['+', '-'],
    parse(from) {
      const { user, password, host, path, query } = from
      if (host === '') return 'A URL of a webhook is jsons://host/path'
      const named = (sign: string) => Object.fromEntries([...query].flatMap(([name, value]) => (name.startsWith(sign) ? [[name.slice(1), value]] : [])))
      const search = new URLSearchParams(named('-')).toString()
      const headers: Record<string, string> = named('+')
      return {
        destination: {
          url: `${serverOf(from)}/${path.map(encodeURIComponent).join('/')}${search === '' ? '' : `?${search}`}`,
          method: query.get('method')?.toUpperCase(),
          username: user,
          password,
          ...(Object.keys(headers).length > 0 ? { headers } : {}),
        },
      }
    },
  },

  sameAddress: (to) => normalUrl(to.url),
})

const ACCEPT = [404]

interface Prepared {
  where: string
  method: 'POST' | 'PUT'
  headers: Record<string, string>
  keys: KeyObject[]
}

// Keys and headers are cached per destination: this is the busiest provider, and a key object signs eight times faster than a raw secret.
const prepared = new WeakMap<object, Prepared>()

function prepare(to: Static<typeof destination>): Prepared {
  let ready = prepared.get(to)
  if (!ready) {
    const headers: Record<string, string> = { accept: 'application/json', 'content-type': 'application/json', ...allowedHeaders(to.headers) }
    if (to.bearer !== undefined) headers['authorization'] = `Bearer ${to.bearer}`
    else if (to.username !== undefined || to.password !== undefined) headers['authorization'] = basic(to.username, to.password)
    ready = { where: whereOf(to.url), method: to.method ?? 'POST', headers, keys: keysOf(to) }
    prepared.set(to, ready)
  }
  return ready
}

const secretsOf = ({ secret: value }: { secret?: string | string[] }): string[] => (value === undefined ? [] : typeof value === 'string' ? [value] : value)

function keysOf(to: Static<typeof destination>): KeyObject[] {
  try {
    return secretsOf(to).map(webhookKey)
  } catch (cause) {
    throw new DeliveryError('misconfigured', 'The signing secret of the webhook is invalid', { code: 'secret', cause })
  }
}

function secretProblems(to: Static<typeof destination>): Problem[] {
  return secretsOf(to).flatMap((value) => {
    try {
      webhookKey(value)
      return []
    } catch {
      return [{ pointer: '/destination/secret', message: 'must be whsec_ followed by the base64 of 24 to 64 bytes' }]
    }
  })
}

function authProblems({ bearer, username, password }: Static<typeof destination>): Problem[] {
  if (bearer !== undefined && /[^ -~]/.test(bearer)) return [{ pointer: '/destination/bearer', message: 'contains a character that a header cannot carry' }]
  const both = bearer !== undefined && (username !== undefined || password !== undefined)
  return both ? [{ pointer: '/destination/bearer', message: 'cannot be combined with a user name or password' }] : []
}
