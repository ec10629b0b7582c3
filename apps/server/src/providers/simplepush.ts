import { Type } from 'typebox'
import type { Message } from '../domain/message.ts'
import { defineProvider } from './kit/define-provider.ts'
import { secret, text, url } from './kit/fields.ts'
import { oneLine, truncate } from './kit/truncate.ts'
import { below, urlProblems } from './kit/urls.ts'
import { callVendor } from './kit/vendor-api.ts'

const TITLE = 250
const BODY = 4000

/** The link behind the text. A truncated URL is useless: a long one is left out completely. */
function tailOf({ url, body }: Message): string {
  const link = url === undefined || body.includes(url) ? '' : `\n\n${url}`
  return link.length > BODY / 2 ? '' : link
}

/** Simplepush, with each person's own key; only the status of a response is informative. Lengths are undocumented, and all of it is unverified. */
export const simplepush = defineProvider({
  id: 'simplepush',
  name: 'Simplepush',
  channel: 'simplepush',
  docs: 'https://simplepush.io/api',
  settings: Type.Object({
    apiUrl: Type.Optional(url({ title: 'API address', description: 'For a proxy in place of https://api.simplepush.io.', 'x-advanced': true })),
  }),
  destination: Type.Object({
    key: secret({ title: 'Key', description: 'As shown in the app.' }),
    event: Type.Optional(
      text({ title: 'Event', description: 'The sound and vibration defined in the app under this name.', maxLength: 64, 'x-advanced': true }),
    ),
  }),
  capabilities: { format: 'text', title: TITLE, body: BODY, fits: (message) => message.body.length + tailOf(message).length <= BODY, target: 'connection' },
  preview: true,

  async send({ settings: { apiUrl = 'https://api.simplepush.io' }, destination: { key, event }, message, http, clock }) {
    const tail = tailOf(message)
    const form = {
      key,
      ...(event === undefined ? {} : { event }),
      title: truncate(oneLine(message.title), TITLE),
      msg: (truncate(message.body, BODY - tail.length, 'utf16') + tail).trim() || truncate(oneLine(message.title), TITLE) || '…',
    }
    await callVendor({ http, clock, url: below(apiUrl, '/send'), request: { form }, secrets: [key], read: () => ({}) })
    return {}
  },

  check: ({ settings }) => urlProblems('/settings/apiUrl', settings?.apiUrl),
  sameAddress: ({ key, event }) => JSON.stringify([key, event]),

  apprise: {
    schemes: ['spush'],
    identity: 'both',
    segments: 0,
    reads: ['event'],
    parse({ user, password, host, query }) {
      if (user !== undefined || password !== undefined) return 'Encrypted messages are not supported; write spush://key'
      if (host === '') return 'A Simplepush URL is spush://key'
      const event = query.get('event')
      return { destination: { key: host, ...(event === undefined ? {} : { event }) } }
    },
  },
})
