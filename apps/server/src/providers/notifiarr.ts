import { Type } from 'typebox'
import { discordLink, escapeDiscord } from '../domain/escapes/discord.ts'
import type { Severity } from '../domain/event-type.ts'
import type { Message } from '../domain/message.ts'
import { SECOND } from '../domain/time.ts'
import type { HttpResponse } from './kit/contract.ts'
import { defineProvider } from './kit/define-provider.ts'
import { DeliveryError } from './kit/delivery-error.ts'
import { secret, text, url } from './kit/fields.ts'
import { blame, failureOf, statusError } from './kit/http-errors.ts'
import { bodyWithin } from './kit/markup.ts'
import { hasNoDot } from './kit/named-outside.ts'
import { member } from './kit/receipt.ts'
import { quoting } from './kit/said.ts'
import { oneLine, truncate } from './kit/truncate.ts'
import { below, urlProblems, whereOf } from './kit/urls.ts'

const API = 'https://notifiarr.com'
const snowflake = '^\\d{15,21}$'

/** Of one embed, in Discord's characters. */
const DESCRIPTION = 4096

/**
 * A Discord channel, through Notifiarr's passthrough integration, which must be enabled there. (unverified): that a 200 with `result:
 * "error"` has the reason in `details.response`.
 */
export const notifiarr = defineProvider({
  id: 'notifiarr',
  name: 'Notifiarr',
  channel: 'notifiarr',
  docs: 'https://notifiarr.wiki/pages/integrations/passthrough/',
  settings: Type.Object({
    apiKey: secret({
      title: 'API key',
      description: 'The key of the passthrough integration, or the global key.',
      'x-link': { label: 'Notifiarr', url: 'https://notifiarr.com/' },
    }),
    apiUrl: Type.Optional(url({ title: 'API address', description: `For a proxy in place of ${API}.`, 'x-advanced': true })),
  }),
  destination: Type.Object({
    channelId: text({
      title: 'Channel id',
      description: 'In Discord: developer mode, then Copy Channel ID.',
      pattern: snowflake,
      examples: ['123456789012345678'],
    }),
    pingUser: Type.Optional(text({ title: 'User to ping', description: 'The user’s id in Discord.', pattern: snowflake, 'x-advanced': true })),
    pingRole: Type.Optional(text({ title: 'Role to ping', description: 'The role’s id in Discord.', pattern: snowflake, 'x-advanced': true })),
  }),
  capabilities: {
    format: 'discord',
    title: 256,
    body: DESCRIPTION,
    fits: (message) => fits(message),
    actions: 5,
    fields: 25,
    lengths: { label: 256, value: 1024, button: 80 },
    target: 'connection',
    rate: { count: 5, perMs: SECOND },
  },
  optional: ['picture', 'fields'],
  names: { picture: /\bimages?\b/i, fields: /\bfields\b/i },
  refusesLink: hasNoDot,
  preview: true,

  async send({ settings, destination, message, delivery, http, clock }) {
    const { apiKey, apiUrl = API } = settings
    const address = below(apiUrl, '/api/v1/notification/passthrough')
    const response = await http
      .request(address, {
        accept: 'all',
        headers: { 'x-api-key': apiKey, 'content-type': 'application/json' },
        body: bodyOf(message, destination, delivery.id),
      })
      .catch(blame)
    const where = whereOf(address)
    if (response.status < 200 || response.status > 299) {
      // 400, 404: the integration is not enabled, or has no channel.
      const failure = response.status === 400 || response.status === 404 ? 'misconfigured' : failureOf(response.status)
      throw statusError(where, response, clock(), failure, { said: why(response), secrets: [apiKey] })
    }
    const answer = response.json()
    if (answer !== undefined && member(answer, 'result') !== 'success') {
      const sentence = quoting(`${where} did not accept the message`, { said: why(response), secrets: [apiKey] })
      throw new DeliveryError('misconfigured', sentence, { code: 'notifiarr_error', status: response.status })
    }
    return {}
  },

  async verify({ settings, http }) {
    await http.request(below(settings.apiUrl ?? API, '/api/v1/user/validate?event=user'), {
      method: 'GET',
      headers: { 'x-api-key': settings.apiKey },
    })
  },

  check: ({ settings }) => urlProblems('/settings/apiUrl', settings?.apiUrl),

  sameAddress: ({ channelId }) => channelId,

  apprise: {
    schemes: ['notifiarr'],
    reads: ['to'],
    off: ['image'],
    parse({ host, path, query }) {
      const [first, ...more] = path.length > 0 ? path : [query.get('to') ?? '']
      const channelId = (first ?? '').replace(/^#/, '')
      if (more.length > 0) return 'The URL names several channels; paste one URL for each'
      if (!/^\d{15,21}$/.test(channelId)) return 'A Notifiarr URL is notifiarr://apikey/#channel, with the number of the channel'
      return { settings: { apiKey: host }, destination: { channelId } }
    },
  },
})

const why = (response: HttpResponse): unknown => member(member(response.json(), 'details'), 'response')

const COLOURS: Record<Severity, string> = { debug: '95A5A6', info: '3AA3E3', success: '27C24C', warning: 'FFA500', error: 'F05050', critical: 'F05050' }
const TOTAL = 6000
const count = (value: string): number => Array.from(value).length

interface To {
  channelId: string
  pingUser?: string
  pingRole?: string
}

/** The links behind the body. Rendering has escaped their labels. */
function footerOf(message: Message): string {
  const links = message.actions.slice(0, 5).map(({ label, url }) => discordLink(oneLine(label), url))
  const tail = [...links, ...(message.url === undefined ? [] : [message.url])].join(' · ')
  // A truncated link is useless: links that would displace the text are left out completely.
  return tail !== '' && tail.length <= DESCRIPTION / 2 ? `\n\n${tail}` : ''
}

/** For rendering: the body shares the description with the links. */
const fits = (message: Message): boolean => message.body.length + footerOf(message).length <= DESCRIPTION

/** Limits of Discord's embeds: per text, and 6000 characters in total. */
function bodyOf(message: Message, { channelId, pingUser, pingRole }: To, id: string): string {
  const title = truncate(oneLine(message.title), 256)
  const footer = footerOf(message)
  const description = (bodyWithin(message, DESCRIPTION - footer.length, escapeDiscord) + footer).trim() || title
  let room = TOTAL - count(title) - count(description)
  const fields: { title: string; text: string; inline: boolean }[] = []
  for (const field of message.fields.slice(0, 25)) {
    const name = truncate(oneLine(field.label), 256)
    const value = truncate(field.value, 1024)
    room -= count(name) + count(value)
    if (room < 0) break
    if (name.trim() !== '' && value.trim() !== '') fields.push({ title: name, text: value, inline: count(value) <= 40 })
  }
  const ping = pingUser === undefined && pingRole === undefined ? undefined : { pingUser: big(pingUser), pingRole: big(pingRole) }
  const discord = {
    color: COLOURS[message.severity],
    ping,
    images: message.image === undefined ? undefined : { image: message.image },
    text: { title, description, fields },
    ids: { channel: big(channelId) },
  }
  const json = JSON.stringify({ notification: { update: false, name: 'Carillon', event: id }, discord })
  // A quotation mark inside a text is escaped as \", and a text of digits alone lacks the noncharacter, which rendering removes from data.
  return json.replace(/"\ufdd0(\d+)"/g, '$1')
}

/** Ids exceed 2^53 and must be sent as numbers: they are marked here, and their quotation marks are removed after serialising. */
const big = (digits: string | undefined): string | undefined => (digits === undefined ? undefined : `\ufdd0${digits}`)
