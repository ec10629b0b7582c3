import { existsSync } from 'node:fs'
import { join } from 'node:path'
import type { TObject } from 'typebox'
import { RETRY_TABLE } from '../apps/server/src/delivery/retry.ts'
import type { Capabilities } from '../apps/server/src/providers/kit/capabilities.ts'
import type { Provider } from '../apps/server/src/providers/kit/contract.ts'
import { notes } from './provider-notes.ts'

/** The parts of a field's JSON Schema that this page uses. */
interface Field {
  title?: string
  description?: string
  type?: string
  format?: string
  enum?: unknown[]
  const?: unknown
  default?: unknown
  examples?: unknown[]
  minimum?: number
  maximum?: number
  maxLength?: number
  items?: Field
  anyOf?: Field[]
  'x-secret'?: boolean
  'x-advanced'?: boolean
  'x-category'?: string
  'x-link'?: { label: string; url: string }
}

/** A dialect's description; a dialect without one is called by its name. */
const FORMATS: Partial<Record<string, string>> = {
  text: 'plain text',
  markdown: 'Markdown (CommonMark) where the message has markup, else plain text',
  html: 'HTML inside the mail layout, with a plain text part',
  discord: 'Discord Markdown in one embed',
  slack: 'Slack’s mrkdwn in Block Kit blocks',
  telegram: 'HTML that Telegram supports',
  feishu: 'lark_md in an interactive card',
  'adaptive-card': 'an Adaptive Card',
  'google-chat': 'a card with HTML that Google Chat supports',
  apprise: 'Markdown where the message has markup, else plain text',
  mattermost: 'Markdown of Mattermost',
  rocketchat: 'the notation of Rocket.Chat',
  zulip: 'Markdown of Zulip',
  json: 'JSON with a field for each part of the message',
}

/** docs/providers.md: every provider, by channel. */
export function providersPage(providers: readonly Provider[]): string {
  const rows = providers
    .toSorted((a, b) => (a.channel === b.channel ? a.name.localeCompare(b.name) : a.channel < b.channel ? -1 : 1))
    .map(
      ({ id, name, channel, preview }) =>
        `| \`${channel}\` | [${name}](providers/${id}.md) | ${preview ? 'preview: not yet tested against the live service' : ''} |`,
    )
  return [
    '<!-- Made by scripts/docs.ts from apps/server/src/providers/index.ts; do not edit. -->',
    '# Providers',
    'The channel `in_app` needs no provider. [Writing a provider](writing-a-provider.md) explains how to add one.',
    ['| Channel | Provider | |', '|---|---|---|', ...rows].join('\n'),
    '',
  ].join('\n\n')
}

/** The page of one provider, generated from its definition and its `notes`. */
export function providerPage(provider: Provider): string {
  const { id, name, channel, docs, settings, destination, sharedDestination, capabilities, preview, devices, apprise } = provider
  const place = devices ? 'POST /v1/me/devices' : `PUT /v1/me/destinations/${channel}`
  const note = notes[id]
  return [
    `<!-- Made by scripts/docs.ts from ${sourceOf(id)}; do not edit. -->`,
    `# ${name}`,
    ...(preview ? ['This provider was written from the vendor’s documentation and has not been tested against the live service.'] : []),
    `Provider \`${id}\` of the channel \`${channel}\`. Vendor documentation: <${docs}>.`,
    ...(apprise === undefined ? [] : [`Its [Apprise URLs](apprise.md#notes) begin with ${apprise.schemes.map((scheme) => `\`${scheme}://\``).join(' or ')}.`]),
    '## Settings of the connection',
    table(settings, 'This provider needs no settings.'),
    '## Destination',
    `One person’s address${devices ? ', for each of up to 20 devices' : ''}: \`${place}\`. A shared connection has ${sharedDestination ? 'a different form' : 'the same form'}, in \`destination\`.`,
    table(destination, 'Nothing.'),
    ...(sharedDestination === undefined ? [] : ['## Destination of a shared connection', table(sharedDestination, 'Nothing.')]),
    '## Example',
    `A personal connection, \`POST /v1/connections\`:`,
    json({ provider: id, name, personal: true, settings: sample(settings) }),
    `A person’s ${devices ? 'device' : 'destination'}, \`${place}\`:`,
    json({ ...(devices && { provider: id }), ...sample(destination) }),
    ...(devices ? [] : ['A shared connection that receives errors of every event type:', json(sharedExample(provider))]),
    '## Format, limits and retries',
    list(sentences(capabilities)),
    ...(note === undefined ? [] : ['## Notes', note]),
    'See also: [connections](../connections.md), [delivery](../delivery.md).',
    '',
  ].join('\n\n')
}

/** Where the provider is written: a vendor with several files has a folder. */
function sourceOf(id: string): string {
  const file = [`apps/server/src/providers/${id}.ts`, `apps/server/src/providers/${id}/${id}.ts`].find((path) =>
    existsSync(join(import.meta.dirname, '..', path)),
  )
  if (file === undefined) throw new Error(`There is no file for the provider ${id}`)
  return file
}

function sentences({ format, title, body, unit = 'chars', actions, fields, concurrency, rate, target, retries }: Capabilities): string[] {
  const measured = unit === 'bytes' ? 'bytes' : 'characters'
  return [
    `Format: ${FORMATS[format] ?? `the \`${format}\` dialect`}.`,
    ...(title === undefined ? [] : [`The title is cut at ${title} ${measured}.`]),
    ...(body === undefined ? [] : [`The body is cut at ${body} ${measured}.`]),
    ...(actions === undefined ? [] : [`At most ${actions} actions.`]),
    ...(fields === undefined ? [] : [`At most ${fields} fields.`]),
    ...(concurrency === undefined ? [] : [`At most ${concurrency} messages in flight on one connection.`]),
    ...(rate === undefined ? [] : [`${rateOf(rate, target)} The connection’s [\`limits\`](../connections.md#limits) can change this.`]),
    target === 'destination'
      ? 'A failing server counts against the destination, so other people are not affected. On a shared connection it counts against the connection.'
      : 'A failing server counts against the connection.',
    `Waits between attempts: ${(retries ?? RETRY_TABLE).map(duration).join(', ')}, each ±20 %.${retries === undefined ? '' : ' This table is specific to the provider.'}`,
  ]
}

function rateOf({ count, perMs }: { count: number; perMs: number }, target: Capabilities['target']): string {
  const most = `At most ${count} ${count === 1 ? 'message' : 'messages'} in ${duration(perMs)}`
  return target === 'destination'
    ? `${most} on a shared connection; where each person has their own destination, a 429 pauses only that destination.`
    : `${most} on one connection.`
}

function table(schema: TObject, empty: string): string {
  const rows = Object.entries(schema.properties).map(([name, field]) => row(name, field as Field, (schema.required ?? []).includes(name)))
  return rows.length === 0 ? empty : ['| Field | Meaning | Value | |', '|---|---|---|---|', ...rows].join('\n')
}

function row(name: string, field: Field, required: boolean): string {
  const link = field['x-link']
  const said = [field.title ?? '', field.description ?? ''].filter((text) => text !== '').join('. ')
  const what = link === undefined ? said : `${said} [${link.label}](${link.url})`
  const marks = [
    required && field.default === undefined ? 'required' : 'optional',
    ...(field['x-secret'] ? ['encrypted'] : []),
    ...(field['x-advanced'] ? ['advanced'] : []),
    ...(field['x-category'] === undefined ? [] : [`only for events of the category \`${field['x-category']}\``]),
  ]
  return `| \`${name}\` | ${cell(what)} | ${cell(kindOf(field))}${defaultOf(field)} | ${marks.join(', ')} |`
}

const defaultOf = ({ default: value }: Field): string =>
  value === undefined || (Array.isArray(value) && value.length === 0) ? '' : `, default \`${String(value)}\``

function kindOf(field: Field): string {
  if (field.enum !== undefined) return field.enum.map((value) => `\`${String(value)}\``).join(', ')
  if (field.const !== undefined) return [`\`${String(field.const)}\``, field.title].join(' ')
  if (field.anyOf !== undefined) return field.anyOf.map(kindOf).join(', or ')
  if (field.type === 'array') return `a list: ${kindOf(field.items ?? {})}`
  if (field.type === 'integer') return `whole number${field.minimum === undefined ? '' : ` ${field.minimum}-${field.maximum}`}`
  if (field.type === 'boolean') return 'true or false'
  if (field.type === 'object') return 'name and text pairs'
  if (field.format === 'http-url') return 'http(s) address'
  if (field.format === 'email') return 'mail address'
  return `text${field.maxLength === undefined ? '' : ` up to ${field.maxLength} characters`}`
}

const cell = (text: string): string => text.replaceAll('|', '\\|')

const sharedExample = ({ id, name, settings, destination, sharedDestination }: Provider): object => ({
  provider: id,
  name: `${name} for the team`,
  personal: false,
  settings: sample(settings),
  destination: sharedSample(sharedDestination ?? destination),
  events: [{ type: '*' }],
  minSeverity: 'error',
})

/** The required fields; if none is required because any one suffices, the first field. */
export function sharedSample(schema: TObject): Record<string, unknown> {
  const required = sample(schema)
  const [name, field] = Object.entries(schema.properties)[0] ?? []
  return Object.keys(required).length > 0 || name === undefined ? required : { [name]: sampleOf(name, field as Field) }
}

/** The required fields, with valid values. */
export function sample(schema: TObject): Record<string, unknown> {
  const required = new Set(schema.required ?? [])
  return Object.fromEntries(Object.entries(schema.properties).flatMap(([name, field]) => (required.has(name) ? [[name, sampleOf(name, field as Field)]] : [])))
}

const WORDS: Record<string, string> = {
  host: 'smtp.example.com',
  from: 'Example <hello@example.com>',
  topic: 'alerts',
  webhookUrl: 'https://discord.com/api/webhooks/123456789012345678/the-token-behind-the-last-slash',
}

function sampleOf(name: string, field: Field): unknown {
  if (field.examples !== undefined) return field.examples[0]
  if (WORDS[name] !== undefined) return WORDS[name]
  if (field.type === 'array') return [sampleOf(name, field.items ?? {})]
  if (field.default !== undefined) return field.default
  if (field.enum !== undefined) return field.enum[0]
  if (field.format === 'email') return 'ada@example.com'
  if (field.format === 'http-url') return 'https://example.com/hook'
  return field.type === 'integer' ? (field.minimum ?? 1) : (field.title ?? name)
}

function duration(ms: number): string {
  if (ms < 60_000) return `${ms / 1000} s`
  return ms < 3_600_000 ? `${ms / 60_000} min` : `${ms / 3_600_000} h`
}

const json = (value: unknown): string => `\`\`\`json\n${JSON.stringify(value, null, 2)}\n\`\`\``
const list = (items: string[]): string => items.map((item) => `- ${item}`).join('\n')
