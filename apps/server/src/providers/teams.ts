import { Type } from 'typebox'
import { escapeCard } from '../domain/escapes/card.ts'
import { linkTarget } from '../domain/escapes/link-target.ts'
import type { Severity } from '../domain/event-type.ts'
import type { Message } from '../domain/message.ts'
import { defineProvider } from './kit/define-provider.ts'
import { secretUrl } from './kit/fields.ts'
import { webhookProblems } from './kit/hooks.ts'
import { failureOf, statusError } from './kit/http-errors.ts'
import { bodyWithin, fieldsWithin, fitMessage, fitsBytes, titleWithin } from './kit/markup.ts'
import { member } from './kit/receipt.ts'
import { keysIn } from './kit/said.ts'
import { oneLine, truncate } from './kit/truncate.ts'
import { normalUrl, whereOf } from './kit/urls.ts'

const REQUEST_BYTES = 28_000
const PATH = /\/workflows\/[^/]+\/triggers\/[^/]+\/paths\/invoke$/

/**
 * A Microsoft Teams channel or chat, through a Power Automate workflow that posts an Adaptive Card. Its URL, whose `sig` is the secret, has
 * changed hosts before, so any host is accepted; connectors of `webhook.office.com` are retired. Error names are (unverified), and
 * acceptance only means that the workflow has started.
 */
export const teams = defineProvider({
  id: 'teams',
  name: 'Microsoft Teams',
  channel: 'teams',
  docs: 'https://learn.microsoft.com/microsoftteams/platform/webhooks-and-connectors/how-to/add-incoming-webhook',
  settings: Type.Object({
    wide: Type.Optional(Type.Boolean({ title: 'Wide cards', default: true, 'x-advanced': true })),
  }),
  destination: Type.Object({
    webhookUrl: secretUrl({
      title: 'Workflow URL',
      description: 'Channel > Workflows > “Send webhook alerts to a channel”.',
      examples: [
        'https://prod-00.westeurope.logic.azure.com:443/workflows/0a1b2c/triggers/manual/paths/invoke?api-version=2016-06-01&sp=%2Ftriggers%2Fmanual%2Frun&sv=1.0&sig=theSignature',
      ],
    }),
  }),
  capabilities: {
    format: 'adaptive-card',
    title: 250,
    body: 12_000,
    unit: 'bytes',
    fits: fitsBytes(REQUEST_BYTES, (message) => envelope(message, true)),
    actions: 6,
    fields: 20,
    target: 'destination',
  },
  optional: ['link', 'picture', 'buttons', 'fields'],
  // (unverified): the elements of the card, as its schema names them.
  names: { picture: /\bImage\b/, buttons: /\bAction\.OpenUrl\b|\bactions\[?\.?\d/, fields: /\bFactSet\b|\bfacts\b/ },
  preview: true,

  async send({ settings, destination, message, http, clock }) {
    const { wide = true } = settings
    const body = fitMessage(message, REQUEST_BYTES, escapeCard, (part) => envelope(part, wide))
    const response = await http.request(destination.webhookUrl, { accept: 'all', headers: { 'content-type': 'application/json' }, body })
    if (response.status >= 200 && response.status < 300) return {}
    const error = member(response.json(), 'error')
    const code = member(error, 'code')
    const known = typeof code === 'string' && /^\w{1,60}$/.test(code) ? { code: `teams_${code}` } : {}
    throw statusError(whereOf(destination.webhookUrl), response, clock(), failureOf(response.status), {
      ...known,
      said: member(error, 'message'),
      secrets: keysIn(destination.webhookUrl),
    })
  },

  check({ destination }) {
    if (/\bwebhook\.office\.com$/.test(URL.parse(destination?.webhookUrl ?? '')?.hostname ?? ''))
      return [
        { pointer: '/destination/webhookUrl', message: 'is a connector, which Microsoft has retired; create a workflow in the channel and paste its URL' },
      ]
    // The whole address is called as it is.
    return webhookProblems(destination?.webhookUrl, PATH, 'https://….azure.com/workflows/…/triggers/manual/paths/invoke?…&sig=…')
  },

  sameAddress: ({ webhookUrl }) => normalUrl(webhookUrl),

  apprise: {
    schemes: ['workflow', 'workflows'],
    segments: 2,
    reads: ['id', 'signature', 'route', 'pa', 'powerautomate', 'ver', 'api-version'],
    off: ['image'],
    native:
      /^https:\/\/[^/?#]+(?:\/[^/?#]+){0,9}?\/workflows\/[^/?#]+\/triggers\/[^/?#]+(?:\/[^/?#]+){0,9}?\/paths\/invoke\?|^https:\/\/[^/?#]+\.webhook\.office\.com\//i,
    parse({ host, port, path, query }) {
      const [workflow = query.get('id'), signature = query.get('signature')] = path
      if (workflow === undefined || signature === undefined) return 'A Teams URL is workflows://host:443/workflow/signature'
      const route = query.get('route') ?? 'manual'
      const direct = /^(yes|true|1)$/i.test(query.get('pa') ?? query.get('powerautomate') ?? '')
      const url = new URL(`https://${host}${port === undefined ? '' : `:${port}`}`)
      url.pathname = `${direct ? '/powerautomate/automations/direct' : ''}/workflows/${encodeURIComponent(workflow)}/triggers/${encodeURIComponent(route)}/paths/invoke`
      const version = query.get('ver') ?? query.get('api-version') ?? (direct ? '1' : '2016-06-01')
      url.search = `?api-version=${encodeURIComponent(version)}&sp=${encodeURIComponent(`/triggers/${route}/run`)}&sv=1.0&sig=${encodeURIComponent(signature)}`
      return { destination: { webhookUrl: url.href } }
    },
  },
})

const COLOURS: Record<Severity, string> = { debug: 'default', info: 'accent', success: 'good', warning: 'warning', error: 'attention', critical: 'attention' }

function envelope(message: Message, wide: boolean): object {
  const content = {
    $schema: 'http://adaptivecards.io/schemas/adaptive-card.json',
    type: 'AdaptiveCard',
    version: '1.4',
    body: elementsOf(message),
    actions: message.actions.slice(0, 6).map(({ label, url }) => ({ type: 'Action.OpenUrl', title: truncate(oneLine(label), 100), url })),
    msteams: wide ? { width: 'Full' } : undefined,
  }
  return { type: 'message', attachments: [{ contentType: 'application/vnd.microsoft.card.adaptive', contentUrl: null, content }] }
}

function elementsOf(message: Message): object[] {
  const { url } = message
  const title = titleWithin(message, 250, (text) => escapeCard(text, { label: url !== undefined }))
  const head = url === undefined ? title : `[${title}](${linkTarget(url)})`
  const body = bodyWithin(message, 12_000, escapeCard, 'bytes')
  const facts = fieldsWithin(message, 20, { label: 100, value: 1000 }, escapeCard).map(({ label, value }) => ({ title: label, value }))
  return [
    { type: 'TextBlock', text: head, wrap: true, size: 'Large', weight: 'Bolder', color: COLOURS[message.severity] },
    ...(body.trim() === '' ? [] : [{ type: 'TextBlock', text: body, wrap: true }]),
    ...(facts.length === 0 ? [] : [{ type: 'FactSet', facts }]),
    ...(message.image === undefined ? [] : [{ type: 'Image', url: message.image }]),
  ]
}
