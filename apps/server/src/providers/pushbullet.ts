import { type Static, Type } from 'typebox'
import type { DeliveryFailure } from '../domain/delivery.ts'
import type { Message } from '../domain/message.ts'
import { type Clock, type Millis, SECOND } from '../domain/time.ts'
import { targetsOf as appriseTargets } from './kit/apprise-url.ts'
import type { Http, HttpRequest, HttpResponse, Receipt } from './kit/contract.ts'
import { defineProvider } from './kit/define-provider.ts'
import { DeliveryError } from './kit/delivery-error.ts'
import { email, secret, text, url } from './kit/fields.ts'
import { clampWait } from './kit/http-errors.ts'
import { liveList, optionsIn } from './kit/live-list.ts'
import { member } from './kit/receipt.ts'
import { oneLine, truncate } from './kit/truncate.ts'
import { below, urlProblems } from './kit/urls.ts'
import { callVendor, type Verdict } from './kit/vendor-api.ts'

const settings = Type.Object({
  apiUrl: Type.Optional(url({ title: 'API address', description: 'For a proxy in place of https://api.pushbullet.com.', 'x-advanced': true })),
})

const SEVERAL = { minItems: 1, maxItems: 20, uniqueItems: true }
const destination = Type.Object({
  accessToken: secret({
    title: 'Access token',
    description: 'Settings > Account > Create access token.',
    'x-link': { label: 'Pushbullet: settings', url: 'https://www.pushbullet.com/#settings/account' },
  }),
  deviceIdens: Type.Optional(
    Type.Array(text({ title: 'Device', maxLength: 64 }), {
      title: 'Devices',
      description: 'Their ids (iden); none for all devices.',
      ...SEVERAL,
      'x-widget': 'multi-select',
      'x-live': 'devices',
    }),
  ),
  email: Type.Optional(email({ title: 'Another person', description: 'The mail address of a person who gets it instead.', 'x-advanced': true })),
  channelTags: Type.Optional(
    Type.Array(text({ title: 'Channel', maxLength: 64 }), {
      title: 'Channels',
      description: 'The tags of your own channels.',
      ...SEVERAL,
      'x-widget': 'tags',
      'x-advanced': true,
    }),
  ),
  senderIden: Type.Optional(
    text({
      title: 'Displayed sender',
      description: 'The id (iden) of a device.',
      maxLength: 64,
      'x-widget': 'select',
      'x-live': 'devices',
      'x-advanced': true,
    }),
  ),
})
type Destination = Static<typeof destination>

const TARGETS = ['deviceIdens', 'email', 'channelTags'] as const
const BODY = 32_768
/** Pages of a list, each of up to 500. */
const MAX_PAGES = 5

/**
 * Pushbullet, with each person's own access token. A push has one target, so several devices are several pushes. Each has its own `guid`,
 * derived from the delivery's id, so a repeated attempt shows no duplicate. Lengths are undocumented; these limits are our own.
 */
export const pushbullet = defineProvider({
  id: 'pushbullet',
  name: 'Pushbullet',
  channel: 'pushbullet',
  docs: 'https://docs.pushbullet.com/#create-push',
  settings,
  destination,
  list: 'deviceIdens',
  capabilities: { format: 'text', title: 250, body: BODY, target: 'connection' },
  optional: ['link'],
  names: { link: /^error\.param = url$/ },

  async send({ settings, destination, message, delivery, http, clock }) {
    const targets = targetsOf(destination)
    const pushed: Receipt[] = []
    const gone: DeliveryError[] = []
    for (const target of targets) {
      const guid = targets.length === 1 ? delivery.id : `${delivery.id}-${Object.values(target).join()}`
      const json = { ...pushOf(message, destination.senderIden), ...target, guid }
      try {
        const id = member((await call(settings, destination, http, clock, '/v2/pushes', { json })).json(), 'iden')
        pushed.push(typeof id === 'string' ? { externalId: id } : {})
      } catch (error) {
        // A removed device must not keep the message from the others; any other failure concerns the whole account.
        if (!(error instanceof DeliveryError) || error.failure !== 'unreachable' || error.code === 'http_401') throw error
        gone.push(error)
      }
    }
    if (pushed[0] === undefined) throw gone[0] ?? new DeliveryError('unreachable', 'The message has no target', { code: 'destination' })
    return gone.length === 0 ? pushed[0] : { ...pushed[0], note: `${gone.length} of ${targets.length} targets refused: ${gone[0]!.message}` }
  },

  options: {
    devices: liveList({
      settings,
      destination: Type.Pick(destination, ['accessToken']),
      async list({ settings, destination, http, clock }) {
        const devices: unknown[] = []
        let page = '/v2/devices'
        for (let pages = 0; pages < MAX_PAGES; pages++) {
          const answer = (await call(settings, destination, http, clock, page, { method: 'GET' })).json()
          const found = member(answer, 'devices')
          if (Array.isArray(found)) devices.push(...found)
          const cursor = member(answer, 'cursor')
          if (typeof cursor !== 'string') break
          page = `/v2/devices?cursor=${encodeURIComponent(cursor)}`
        }
        // The list still contains removed devices.
        const usable = devices.filter((device) => member(device, 'active') !== false && member(device, 'pushable') !== false)
        return optionsIn(usable, (device) => ({ value: member(device, 'iden'), label: member(device, 'nickname'), hint: member(device, 'model') }))
      },
    }),
  },

  check: ({ settings, destination }) => [
    ...urlProblems('/settings/apiUrl', settings?.apiUrl),
    // Pushbullet accepts at most one target.
    ...TARGETS.filter((target) => destination?.[target] !== undefined)
      .slice(1)
      .map((target) => ({ pointer: `/destination/${target}`, message: 'cannot be combined with another target' })),
  ],

  sameAddress: (to) => JSON.stringify([to.accessToken, to.deviceIdens?.toSorted(), to.email?.toLowerCase(), to.channelTags?.toSorted()]),

  apprise: {
    schemes: ['pbul'],
    reads: ['to'],
    parse(from) {
      const { host } = from
      const path = appriseTargets(from.path, from)
      if (host === '') return 'A Pushbullet URL is pbul://token'
      const kinds = Object.entries(Object.groupBy(path, kindOf))
      const [[kind, targets = []] = ['all'], ...more] = kinds
      if (more.length > 0 || (kind === 'email' && targets.length > 1)) return 'The URL names targets of several kinds; paste one URL for each'
      return { destination: { accessToken: host, ...named(kind, targets) } }
    },
  },
})

/** The kind of a target in an Apprise URL: `#tag`, an address, or a device. */
const kindOf = (target: string): 'channelTags' | 'email' | 'deviceIdens' =>
  target.startsWith('#') ? 'channelTags' : target.includes('@') ? 'email' : 'deviceIdens'

function named(kind: string, targets: string[]): Partial<Destination> {
  if (kind === 'channelTags') return { channelTags: targets.map((tag) => tag.slice(1)) }
  if (kind === 'deviceIdens') return { deviceIdens: targets }
  return kind === 'email' ? { email: targets.join() } : {}
}

/** One entry per push. */
function targetsOf({ deviceIdens, email, channelTags }: Destination): Record<string, string>[] {
  if (channelTags !== undefined) return channelTags.map((channel_tag) => ({ channel_tag }))
  if (deviceIdens !== undefined) return deviceIdens.map((device_iden) => ({ device_iden }))
  return [email === undefined ? {} : { email }]
}

const pushOf = (message: Message, sender: string | undefined): object => ({
  type: message.url === undefined ? 'note' : 'link',
  title: truncate(oneLine(message.title), 250),
  body: truncate(message.body, BODY),
  url: message.url,
  source_device_iden: sender,
})

const call = (
  { apiUrl = 'https://api.pushbullet.com' }: Static<typeof settings>,
  { accessToken }: Pick<Destination, 'accessToken'>,
  http: Http,
  clock: Clock,
  path: string,
  request: HttpRequest,
): Promise<HttpResponse> =>
  callVendor({
    http,
    clock,
    url: below(apiUrl, path),
    request: { ...request, headers: { 'access-token': accessToken } },
    secrets: [accessToken],
    read: (no) => verdict(no, clock()),
  })

/** The person's field that is wrong, if body or status identify it. */
const THEIRS: Record<number, DeliveryFailure | undefined> = { 401: 'unreachable', 403: 'unreachable', 404: 'unreachable' }

/** `{"error":{"code","type","message","param"},"error_code"}` */
function verdict(response: HttpResponse, now: Millis): Verdict {
  const body = response.json()
  const error = member(body, 'error')
  const said = member(error, 'message')
  // The limit applies to one account: others continue.
  if (response.status === 429) {
    const reset = Number(response.headers['x-ratelimit-reset'] ?? Number.NaN)
    return { said, scope: 'message', ...(Number.isFinite(reset) ? { retryAfterMs: clampWait(reset * SECOND - now) } : {}) }
  }
  // 500 pushes a month are free; after that nothing arrives until the next month, and only this person can change it.
  if (member(error, 'code') === 'pushbullet_pro_required' || member(body, 'error_code') === 'pushbullet_pro_required')
    return { said, failure: 'misconfigured', scope: 'message', code: 'pushbullet_pro_required' }
  if (response.status === 400 && /^(device_iden|email|channel_tag)$/.test(String(member(error, 'param')))) return { said, failure: 'unreachable' }
  return { said, failure: THEIRS[response.status] }
}
