import { type Static, Type } from 'typebox'
import type { DeliveryFailure } from '../domain/delivery.ts'
import type { Severity } from '../domain/event-type.ts'
import { SECOND } from '../domain/time.ts'
import { handedOver, parseAppriseUrl, serverAbove } from './kit/apprise-url.ts'
import { basic } from './kit/basic.ts'
import { clearTextUrl } from './kit/clear-text.ts'
import { defineProvider } from './kit/define-provider.ts'
import { DeliveryError } from './kit/delivery-error.ts'
import { secret, text, url } from './kit/fields.ts'
import { blame, failureOf, statusError } from './kit/http-errors.ts'
import { liveList, optionsIn } from './kit/live-list.ts'
import { member } from './kit/receipt.ts'
import { plainWords, quoting, type Said } from './kit/said.ts'
import { trustSettings } from './kit/trust.ts'
import { below, urlProblems, whereOf } from './kit/urls.ts'

const URL_FORM = 'must be a URL such as ntfys://ntfy.example.com/alerts, without blanks'
const pasted = secret({ title: 'Apprise URL', description: URL_FORM, maxLength: 2048, pattern: '^[A-Za-z][A-Za-z0-9+.-]*://[^\\s\\u0000-\\u001f\\u007f]+$' })

const urls = Type.Array(pasted, {
  title: 'Apprise URLs',
  description: 'One per place: discord://…, tgram://…, mailto://…, ntfys://…, jsons://…',
  examples: [['ntfys://ntfy.example.com/alerts']],
  minItems: 1,
  maxItems: 10,
  'x-widget': 'password',
  'x-link': { label: 'Apprise URLs', url: 'https://github.com/caronc/apprise/wiki' },
})

const storedKey = secret({
  title: 'Configuration key',
  description: 'Key of a configuration stored on the server, in place of URLs.',
  pattern: '^[\\w-]{1,128}$',
})

const settings = Type.Object({
  server: url({ title: 'Apprise API server', description: 'Including its path, if any; /notify is added.', examples: ['https://apprise.example.com'] }),
  username: Type.Optional(text({ title: 'User name', description: 'For a proxy in front of the server.', 'x-advanced': true })),
  password: Type.Optional(secret({ title: 'Password', 'x-advanced': true })),
  timeoutSeconds: Type.Optional(
    Type.Integer({
      title: 'Timeout in seconds',
      description: 'The server responds after its slowest service has.',
      minimum: 1,
      maximum: 300,
      default: 60,
      'x-advanced': true,
    }),
  ),
  ...trustSettings,
})

const destination = Type.Object({ urls })
const shared = Type.Object({
  urls: Type.Optional(urls),
  key: Type.Optional(storedKey),
  tags: Type.Optional(
    text({
      title: 'Tags',
      description: 'Only with a key: a comma means or, a space means and. Without tags: all URLs.',
      'x-widget': 'multi-select',
      'x-live': 'tags',
    }),
  ),
})

/** Notification types: https://github.com/caronc/apprise/wiki/Development_API#notification-types */
const TYPES: Record<Severity, string> = { debug: 'info', info: 'info', success: 'success', warning: 'warning', error: 'failure', critical: 'failure' }

/** Maximum of attempts with several services: those that accepted get the message again each time. */
const TRIES_FOR_MANY = 3

/**
 * Apprise URLs. The hub hands those whose scheme it speaks to the provider that they mean, so they never come here.
 * What is left goes to an Apprise API server (https://github.com/caronc/apprise-api), which this connection names.
 */
export const apprise = defineProvider({
  serverHeaders: ['authorization'],
  id: 'apprise',
  name: 'Apprise',
  channel: 'apprise',
  docs: 'https://github.com/caronc/apprise-api#api-details',
  settings,
  destination,
  sharedDestination: shared,
  capabilities: { format: 'apprise', title: 250, body: 32_768 },
  list: 'urls',

  async send({ settings, destination: to, message, delivery, http, clock }) {
    const { key, tags, list } = target(to)
    for (const one of list) await http.mayHandOver(handedOver(one))
    const body = message.plain ? message.text : message.body
    const response = await http
      .request(below(settings.server, key === undefined ? '/notify' : `/notify/${key}`), {
        headers: headersOf(settings),
        json: {
          ...(key === undefined ? { urls: list } : {}),
          ...(tags === undefined ? {} : { tag: tags }),
          title: message.title,
          // The server refuses an empty body.
          body: body.trim() === '' ? message.title : body,
          type: TYPES[message.severity],
          // Services without markup are handed Markdown as it is written.
          format: message.plain ? 'text' : 'markdown',
        },
        accept: 'all',
        deadlineMs: (settings.timeoutSeconds ?? 60) * SECOND,
      })
      .catch(blame)
    const { status } = response
    if (status >= 200 && status < 300 && status !== 204) return {}
    const where = whereOf(settings.server)
    const words: Said = { said: member(response.json(), 'error') ?? plainWords(response), secrets: [...list, key, settings.password] }
    if (status === 204) {
      const nothing = key === undefined ? 'none of the URLs is known to it' : 'there is no configuration behind the key'
      throw new DeliveryError('unreachable', `${where} delivered nothing: ${nothing}`, { code: 'http_204', status })
    }
    const one = key === undefined && list.length === 1
    if (status === 424) {
      const sentence = `${where} could not deliver to ${one ? 'the service' : 'at least one of the services, or no URL has the tags'}`
      const again = one || delivery.attempt < TRIES_FOR_MANY
      throw new DeliveryError(again ? 'temporary' : 'rejected', quoting(sentence, words), { code: 'http_424', status, maybeDelivered: true, scope: 'message' })
    }
    throw statusError(where, response, clock(), BY_STATUS[status] ?? failureOf(status), { maybeDelivered: status >= 502 && status <= 504, ...words })
  },

  async verify({ settings, http }) {
    await http.request(below(settings.server, '/status'), { method: 'GET', headers: { accept: 'application/json' } }).catch(blame)
  },

  check({ settings, destination: to, own }, { appriseProblem }) {
    const problems = [...urlProblems('/settings/server', settings?.server), ...clearTextUrl('/settings/server', settings?.server, settings?.password)]
    if (!to) return problems
    const { key, tags, list } = target(to)
    if (key === undefined && list.length === 0) problems.push({ pointer: '/destination/urls', message: 'is required, unless there is a configuration key' })
    if (key !== undefined && list.length > 0) problems.push({ pointer: '/destination/key', message: 'cannot be combined with URLs' })
    if (key === undefined && tags !== undefined) problems.push({ pointer: '/destination/tags', message: 'need a configuration key' })
    for (const [i, one] of list.entries()) {
      const message =
        parseAppriseUrl(one) === null
          ? 'is not a URL such as ntfys://host/topic; special characters in it must be percent-encoded'
          : own === true
            ? appriseProblem?.(one)
            : null
      if (message != null) problems.push({ pointer: `/destination/urls/${i}`, message })
    }
    return problems
  },

  // Without a configuration under this key the server answers 204 without a body.
  options: {
    tags: liveList({
      settings: Type.Pick(settings, ['server', 'username', 'password', 'caCertificate', 'allowInvalidCertificate']),
      destination: Type.Object({ key: storedKey }),
      async list({ settings, destination, http }) {
        const page = below(settings.server, `/json/urls/${destination.key}?privacy=1`)
        const response = await http.request(page, { method: 'GET', headers: headersOf(settings) }).catch(blame)
        return optionsIn(member(response.json(), 'tags'), (tag) => ({ value: tag }))
      },
    }),
  },

  sameAddress: (to) => JSON.stringify(target(to)),

  // https://github.com/caronc/apprise/wiki/Notify_apprise_api
  apprise: {
    schemes: ['apprise', 'apprises'],
    identity: 'both',
    reads: ['token', 'tags'],
    parse(from) {
      const { user, password, path, query } = from
      const key = path.at(-1) ?? query.get('token')
      if (key === undefined) return 'The URL of an Apprise API server ends in a configuration key: apprises://host/key'
      return {
        settings: { server: serverAbove(from), username: user, password },
        destination: { key, tags: query.get('tags') },
      }
    },
  },
})

const BY_STATUS: Partial<Record<number, DeliveryFailure>> = { 404: 'misconfigured', 405: 'rejected', 406: 'rejected', 410: 'misconfigured', 431: 'rejected' }

type To = Static<typeof destination> | Static<typeof shared>

function headersOf({ username, password }: Pick<Static<typeof settings>, 'username' | 'password'>): Record<string, string> {
  const accept = 'application/json'
  if (username === undefined && password === undefined) return { accept }
  return { accept, authorization: basic(username, password) }
}

const target = (to: To): { key: string | undefined; tags: string | undefined; list: string[] } => ({
  key: 'key' in to ? to.key : undefined,
  tags: 'tags' in to ? to.tags : undefined,
  list: to.urls ?? [],
})
