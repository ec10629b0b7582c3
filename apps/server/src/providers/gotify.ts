import { Type } from 'typebox'
import type { Message } from '../domain/message.ts'
import { serverOf } from './kit/apprise-url.ts'
import type { HttpResponse } from './kit/contract.ts'
import { defineProvider } from './kit/define-provider.ts'
import { secret, url } from './kit/fields.ts'
import { rank } from './kit/push-priority.ts'
import { member } from './kit/receipt.ts'
import { oneLine, truncate } from './kit/truncate.ts'
import { trustSettings } from './kit/trust.ts'
import { below, urlProblems } from './kit/urls.ts'
import { callVendor, type Verdict } from './kit/vendor-api.ts'

const TITLE_BYTES = 1024
/** MySQL stores 64 KiB in a text column, other databases more. */
const BODY_BYTES = 32_768

/**
 * Push through a self-hosted Gotify server. The connection names the server; each person has their own application token, so a refused
 * token counts against that person's destination only. Gotify has no length or rate limit.
 */
export const gotify = defineProvider({
  serverHeaders: ['x-gotify-key'],
  id: 'gotify',
  name: 'Gotify',
  channel: 'gotify',
  docs: 'https://gotify.net/docs/pushmsg',
  settings: Type.Object({
    server: url({ title: 'Server', description: 'Including its path, if any.', examples: ['https://gotify.example.com'] }),
    ...trustSettings,
  }),
  destination: Type.Object({
    token: secret({ title: 'Application token', description: 'Apps > Create application. A client token does not work.', examples: ['AbCdEfGhIjKlMnO'] }),
  }),
  capabilities: { format: 'markdown', title: TITLE_BYTES, body: BODY_BYTES, unit: 'bytes', target: 'connection' },
  optional: ['link', 'picture'],
  names: { link: /\bclick\b/, picture: /\bbigImageUrl\b/ },

  async send({ settings, destination, message, http, clock }) {
    const call = {
      http,
      clock,
      url: addressOf(settings.server, 'message'),
      request: { headers: { 'x-gotify-key': destination.token }, json: postOf(message) },
      secrets: [destination.token],
      read: verdict,
    }
    const response = await callVendor(call)
    const id = member(response.json(), 'id')
    return typeof id === 'number' || typeof id === 'string' ? { externalId: String(id) } : {}
  },

  // Gotify has no page that verifies an application token without a message; this verifies only the server.
  async verify({ settings, http, clock }) {
    await callVendor({ http, clock, url: addressOf(settings.server, 'health'), request: { method: 'GET' }, secrets: [], read: () => ({}) })
  },

  check: ({ settings }) => urlProblems('/settings/server', settings?.server),
  sameAddress: ({ token }) => token,

  apprise: {
    schemes: ['gotify', 'gotifys'],
    parse(url) {
      const folders = url.path.slice(0, -1)
      const token = url.path.at(-1)
      if (token === undefined || url.host === '') return 'A Gotify URL is gotifys://server/token'
      return { settings: { server: [serverOf(url), ...folders.map(encodeURIComponent)].join('/') }, destination: { token } }
    },
  },
})

const addressOf = (server: string, page: string): string => below(server, `/${page}`)

function postOf(message: Message): object {
  const notification = {
    ...(message.url === undefined ? {} : { click: { url: message.url } }),
    ...(message.image === undefined ? {} : { bigImageUrl: message.image }),
  }
  const title = truncate(oneLine(message.title), TITLE_BYTES, 'bytes')
  return {
    title,
    // Gotify refuses an empty message.
    message: truncate(message.plain ? message.text : message.body, BODY_BYTES, 'bytes').trim() || title || '…',
    // 0 no notification, 1-3 quiet, 4-7 with sound, 8-10 as a heads-up notification.
    priority: rank(message, { low: 2, high: 8, urgent: 10 }, { debug: 0, info: 3, success: 4, warning: 6, error: 8, critical: 10 }),
    extras: {
      // Without it clients show plain text (https://gotify.net/docs/msgextras#clientdisplay).
      ...(message.plain ? {} : { 'client::display': { contentType: 'text/markdown' } }),
      ...(Object.keys(notification).length === 0 ? {} : { 'client::notification': notification }),
    },
  }
}

/** `{"error","errorCode","errorDescription"}`; a refusal without it comes from a proxy in front of Gotify. */
function verdict(response: HttpResponse): Verdict {
  const body = response.json()
  const [code, said] = [member(body, 'errorCode'), member(body, 'errorDescription')]
  return code === 401 || code === 403 ? { said, failure: 'unreachable' } : { said }
}
