import { ERRORS } from '../errors.ts'

/** The parts of an OpenAPI document that the page shows. */
export interface Document {
  info?: { title?: string; description?: string }
  tags?: { name: string; description?: string }[]
  paths?: Record<string, Record<string, Operation>>
  components?: { schemas?: Record<string, object> }
}
export interface Operation {
  operationId?: string
  summary?: string
  description?: string
  tags?: string[]
  security?: object[]
  parameters?: { name?: string; in?: string; required?: boolean; schema?: { description?: string } }[]
  requestBody?: { content?: Record<string, { schema?: object; example?: object }> }
  responses?: Record<string, { description?: string; content?: Record<string, { schema?: object }> }>
}

const plain = (value: string): string => value.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll('"', '&quot;')
/** A sentence in which `code` is marked. */
const sentence = (value: string): string => plain(value).replace(/`([^`]+)`/g, '<code>$1</code>')
const pretty = (value: object): string => `<pre>${plain(JSON.stringify(value, null, 2))}</pre>`
const anchor = (name: string): string => name.replaceAll(' ', '-')

/** A reference into the components becomes a link to its place on the page. */
function schemaOf(schema: object | undefined): string {
  if (schema === undefined) return ''
  const name = '$ref' in schema && typeof schema.$ref === 'string' ? schema.$ref.split('/').at(-1) : undefined
  return name === undefined ? pretty(schema) : `<p><a href="#schema-${plain(name)}">${plain(name)}</a></p>`
}

/** The whole page: no script, nothing from another server. */
export function docsPage({ info, tags = [], paths = {}, components }: Document, style: string): string {
  const title = plain(info?.title ?? 'API')
  const operations = Object.entries(paths).flatMap(([path, methods]) => Object.entries(methods).map(([method, operation]) => ({ path, method, operation })))
  const groups = tags.map(({ name, description = '' }) => {
    const own = operations
      .filter(({ operation }) => operation.tags?.includes(name))
      .map(({ path, method, operation }) => renderOperation(path, method, operation))
    return `<h3 id="tag-${anchor(name)}">${plain(name)}</h3><p>${sentence(description)}</p>${own.join('\n')}`
  })
  const schemas = Object.entries(components?.schemas ?? {}).map(
    ([name, schema]) => `<details id="schema-${plain(name)}"><summary><code>${plain(name)}</code></summary>${pretty(schema)}</details>`,
  )
  const errors = Object.entries(ERRORS).map(
    ([code, [status, text]]) => `<tr id="error-${code}"><td><code>${code}</code></td><td>${status}</td><td>${sentence(text)}</td></tr>`,
  )
  return `<!doctype html><html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width"><title>${title}</title><style>${style}</style></head>
<body><h1>${title}</h1><p>${plain(info?.description ?? '')}</p><p>Machine-readable: <a href="/openapi.json">openapi.json</a> (OpenAPI 3.1)</p>
<p>The examples take the hub’s address and a key from the shell:</p><pre>HUB=http://127.0.0.1:8484 KEY=ck_…</pre>
<nav>${tags.map(({ name }) => `<a href="#tag-${anchor(name)}">${plain(name)}</a>`).join(' · ')} · <a href="#schemas">schemas</a> · <a href="#errors">errors</a></nav>
<h2>Routes</h2>${groups.join('\n')}
<h2 id="schemas">Schemas</h2>${schemas.join('\n')}
<h2 id="errors">Errors</h2><p>Match <code>code</code>; sentences may change.</p><table>${errors.join('\n')}</table></body></html>`
}

function renderOperation(path: string, method: string, operation: Operation): string {
  const { operationId = '', summary = '', description = '', parameters = [], requestBody, responses = {} } = operation
  const given = parameters.map(
    ({ name, in: place, required }) => `<code>${plain(String(name))}</code> (${plain(String(place))}${required ? '' : ', optional'})`,
  )
  const body = Object.values(requestBody?.content ?? {})[0]?.schema
  const answers = Object.entries(responses).map(
    ([status, { description: about = '', content }]) =>
      `<h4>${plain(status)}</h4><p>${sentence(about)}</p>${schemaOf(Object.values(content ?? {})[0]?.schema)}`,
  )
  return `<details id="${plain(operationId)}"><summary><b>${plain(method.toUpperCase())}</b><code>${plain(path)}</code> ${sentence(summary)}</summary>
<p>${sentence(description)}</p><pre>${plain(curlOf(path, method, operation))}</pre>
${given.length === 0 ? '' : `<p>${given.join(' · ')}</p>`}${body === undefined ? '' : `<h4>Body</h4>${schemaOf(body)}`}${answers.join('')}</details>`
}

/** Values for the placeholders of a path, by the word before them, else by their name. */
const PLACES: { [word: string]: string } = {
  users: 'ada',
  topics: 'team-a',
  'event-types': 'build.failed',
  events: 'evt_…',
  deliveries: 'dlv_…',
  connections: 'con_…',
  keys: 'key_…',
  inbox: 'ntf_…',
  devices: 'dev_…',
  providers: 'webhook',
  channel: 'email',
  name: 'devices',
}

/** RFC 6455, 1.3: what a WebSocket client sends; curl sends it too when it is told to. */
const HANDSHAKE = [
  '-i',
  '-N',
  '--http1.1',
  ...['Connection: Upgrade', 'Upgrade: websocket', 'Sec-WebSocket-Version: 13', 'Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA=='].map((line) => `-H '${line}'`),
]

/** The route as a command: the address in $HUB, the key in $KEY. */
function curlOf(path: string, method: string, { parameters = [], requestBody, responses = {}, security = [] }: Operation): string {
  const words = path.split('/')
  const filled = words.map((word, i) => (word.startsWith('{') ? (PLACES[words[i - 1] ?? ''] ?? PLACES[word.slice(1, -1)] ?? '…') : word)).join('/')
  const example = Object.values(requestBody?.content ?? {})[0]?.example
  const streams = Object.values(responses).some(({ content }) => content?.['text/event-stream'] !== undefined)
  return [
    'curl -sS',
    ...(responses['101'] === undefined ? [] : HANDSHAKE),
    ...(streams ? ['-N'] : []),
    ...(method === 'get' ? [] : [`-X ${method.toUpperCase()}`]),
    `"$HUB${filled}"`,
    ...(security.length === 0 ? [] : ['-H "Authorization: Bearer $KEY"']),
    ...(parameters.some(({ name }) => name === 'Carillon-User') ? ["-H 'Carillon-User: ada'"] : []),
    ...(example === undefined ? [] : [`-H 'Content-Type: application/json' -d '${JSON.stringify(example)}'`]),
  ].join(' ')
}
