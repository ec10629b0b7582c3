import { type Static, Type } from 'typebox'
import type { Message } from '../domain/message.ts'
import { type Clock, SECOND } from '../domain/time.ts'
import type { Http, HttpRequest, HttpResponse } from './kit/contract.ts'
import { defineProvider } from './kit/define-provider.ts'
import { type FieldOptions, secret, text, url } from './kit/fields.ts'
import { clampWait } from './kit/http-errors.ts'
import { accountLimit } from './kit/limit-words.ts'
import { liveList, optionsIn } from './kit/live-list.ts'
import { fivefold } from './kit/push-priority.ts'
import { member } from './kit/receipt.ts'
import { oneLine, truncate } from './kit/truncate.ts'
import { below, urlProblems } from './kit/urls.ts'
import { callVendor, type Verdict, vendorError } from './kit/vendor-api.ts'

const seconds = (options: FieldOptions) => Type.Optional(Type.Integer({ ...options, maximum: 10_800, 'x-advanced': true }))

const settings = Type.Object({
  token: secret({
    title: 'Application token',
    description: 'pushover.net > Your applications > Create an application.',
    examples: ['a1b2c3d4e5f6g7h8i9j0k1l2m3n4o5'],
    'x-link': { label: 'Pushover: new application', url: 'https://pushover.net/apps/build' },
  }),
  retry: seconds({ title: 'Repeat interval', description: 'Seconds between two alerts of an emergency.', minimum: 30, default: 60 }),
  expire: seconds({ title: 'Stop repeating after', description: 'Seconds until an emergency expires.', minimum: 1, default: 3600 }),
  apiUrl: Type.Optional(url({ title: 'API address', description: 'For a proxy in place of https://api.pushover.net.', 'x-advanced': true })),
})
type Settings = Static<typeof settings>

const destination = Type.Object({
  userKey: secret({
    title: 'User key',
    description: 'The key of a user or group; on the first page after signing in.',
    examples: ['u1v2w3x4y5z6a7b8c9d0e1f2g3h4i5'],
    'x-link': { label: 'Pushover', url: 'https://pushover.net/' },
  }),
  device: Type.Optional(
    text({
      title: 'Devices',
      description: 'Names, separated by commas; none for all devices.',
      pattern: '^[A-Za-z0-9_-]{1,25}(,[A-Za-z0-9_-]{1,25})*$',
      maxLength: 520,
      'x-widget': 'multi-select',
      'x-live': 'devices',
    }),
  ),
  sound: Type.Optional(
    text({
      title: 'Sound',
      description: 'For example pushover, siren, none, or a custom sound.',
      pattern: '^[A-Za-z0-9_-]{1,50}$',
      'x-widget': 'select',
      'x-live': 'sounds',
      'x-advanced': true,
    }),
  ),
  emergency: Type.Optional(
    Type.Boolean({
      title: 'Repeat until acknowledged',
      description: 'Repeats critical and urgent messages until acknowledged; when off, they are sent with high priority.',
      default: true,
    }),
  ),
})

const KEY = /^[A-Za-z0-9]{30}$/
const NOT_A_KEY = 'must be the 30 letters and digits that Pushover shows'

/**
 * Pushover: the operator's application, each person's own user key. (unverified): that a message whose devices are all unknown may be sent
 * to all devices instead of being refused.
 */
export const pushover = defineProvider({
  id: 'pushover',
  name: 'Pushover',
  channel: 'pushover',
  docs: 'https://pushover.net/api',
  settings,
  destination,
  capabilities: { format: 'text', title: 250, body: 1024, unit: 'points', target: 'connection', concurrency: 2 },
  optional: ['link'],
  // The invalid parameter is a member of the answer, and begins the sentence about it.
  names: { link: /\burl\b/i },
  preview: true,

  async send({ settings, destination, message, http, clock }) {
    const call = {
      http,
      clock,
      url: addressOf(settings, '/1/messages.json'),
      request: { form: formOf(settings, destination, message) },
      secrets: [settings.token, destination.userKey],
      read: (no: HttpResponse) => verdict(no, clock()),
    }
    const response = await callVendor(call)
    const body = response.json()
    if (body !== undefined && member(body, 'status') !== 1) throw vendorError(call, response, verdict(response, clock()))
    const id = member(body, 'receipt') ?? member(body, 'request')
    return typeof id === 'string' ? { externalId: id } : {}
  },

  // The remaining monthly quota: only a real application token gets it.
  async verify({ settings, http, clock }) {
    await ask({ settings, http, clock }, '/1/apps/limits.json')
  },

  options: {
    devices: liveList({
      settings: Type.Pick(settings, ['token', 'apiUrl']),
      destination: Type.Pick(destination, ['userKey']),
      async list({ destination: { userKey }, ...given }) {
        const answer = await ask(given, '/1/users/validate.json', { form: { token: given.settings.token, user: userKey } }, [userKey])
        return optionsIn(member(answer, 'devices'), (device) => ({ value: device }))
      },
    }),
    sounds: liveList({
      settings: Type.Pick(settings, ['token', 'apiUrl']),
      destination: Type.Object({}),
      async list(given) {
        const sounds = member(await ask(given, '/1/sounds.json'), 'sounds')
        return optionsIn(Object.entries(sounds ?? {}), (sound) => ({ value: member(sound, '0'), label: member(sound, '1') }))
      },
    }),
  },

  check: ({ settings, destination }) => [
    ...urlProblems('/settings/apiUrl', settings?.apiUrl),
    ...(settings && !KEY.test(settings.token) ? [{ pointer: '/settings/token', message: NOT_A_KEY }] : []),
    ...(destination && !KEY.test(destination.userKey) ? [{ pointer: '/destination/userKey', message: NOT_A_KEY }] : []),
  ],

  sameAddress: ({ userKey, device = '' }) => `${userKey}/${device.split(',').toSorted().join()}`,

  apprise: {
    schemes: ['pover'],
    identity: 'user',
    reads: ['sound', 'interval', 'expire'],
    parse({ user, host, path, query }) {
      if (user === undefined || host === '') return 'A Pushover URL is pover://user_key@token'
      if (path.some((target) => target.startsWith('#'))) return 'Use the group’s key in place of the user key; group names are not supported'
      const sound = query.get('sound')
      const device = path.length === 0 ? {} : { device: path.join(',') }
      const [retry, expire] = [Number(query.get('interval') ?? 0), Number(query.get('expire') ?? 0)]
      return {
        settings: { token: host, ...(retry === 0 ? {} : { retry }), ...(expire === 0 ? {} : { expire }) },
        destination: { userKey: user, ...device, ...(sound === undefined ? {} : { sound }) },
      }
    },
  },
})

type Application = Pick<Settings, 'token' | 'apiUrl'>

const addressOf = ({ apiUrl = 'https://api.pushover.net' }: Application, path: string): string => below(apiUrl, path)

/** A request without a message; the application token is in the URL unless there is a form body. */
async function ask(
  { settings, http, clock }: { settings: Application; http: Http; clock: Clock },
  path: string,
  request: HttpRequest = { method: 'GET' },
  secrets: string[] = [],
): Promise<unknown> {
  const page = new URL(addressOf(settings, path))
  if (request.form === undefined) page.searchParams.set('token', settings.token)
  const read = (no: HttpResponse) => verdict(no, clock())
  return (await callVendor({ http, clock, url: page.href, request, secrets: [settings.token, ...secrets], read })).json()
}

function formOf({ token, retry = 60, expire = 3600 }: Settings, to: Static<typeof destination>, message: Message): Record<string, string> {
  const title = truncate(oneLine(message.title), 250)
  const priority = Math.min(fivefold(message), to.emergency === false ? 1 : 2)
  return {
    token,
    user: to.userKey,
    title,
    // Pushover refuses a blank message.
    message: truncate(message.body, 1024).trim() || title || '…',
    ...(to.device === undefined ? {} : { device: to.device }),
    priority: String(priority),
    ...(priority === 2 ? { retry: String(retry), expire: String(expire) } : {}),
    ...(to.sound === undefined ? {} : { sound: to.sound }),
    // A truncated URL is useless.
    ...(message.url === undefined || Array.from(message.url).length > 512 ? {} : { url: message.url }),
    timestamp: String(Math.floor(message.event.createdAt / SECOND)),
  }
}

/** `{"status":0,"errors":[…],"user":"invalid"}`: the additional member names the invalid field. */
function verdict(response: HttpResponse, now: number): Verdict {
  const body = response.json()
  const errors = member(body, 'errors')
  const said = Array.isArray(errors) ? errors.filter((error) => typeof error === 'string').join('; ') : undefined
  if (response.status === 429) {
    const reset = Number(response.headers['x-limit-app-reset'] ?? Number.NaN)
    // The limit of a month, or that of requests at once.
    return { said, about: 'limit', retryAfterMs: Number.isFinite(reset) ? clampWait(reset * SECOND - now) : accountLimit(said)?.retryAfterMs }
  }
  // The vendor requires at least 5 s.
  if (response.status >= 500) return { retryAfterMs: 5 * SECOND }
  if (member(body, 'token') !== undefined) return { said, failure: 'misconfigured', about: 'account', code: 'pushover_token', field: '/settings/token' }
  if (member(body, 'user') !== undefined) return { said, failure: 'unreachable', code: 'pushover_user' }
  if (member(body, 'device') !== undefined) return { said, failure: 'unreachable', code: 'pushover_device' }
  return { said }
}
