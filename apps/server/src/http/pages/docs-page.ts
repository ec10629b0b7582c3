import { ERRORS } from '../../errors.ts'
import { htmlPage, plain } from './page.ts'

/** The parts of an OpenAPI document that the page shows. */
export interface Document {
  info?: { title?: string; description?: string }
  tags?: { name: string; description?: string }[]
  paths?: Record<string, Record<string, Operation>>
  components?: { schemas?: Record<string, object> }
}
interface Parameter {
  name?: string
  in?: string
  required?: boolean
  description?: string
  schema?: { type?: string; enum?: unknown[]; minimum?: number; maximum?: number; description?: string }
}
export interface Operation {
  operationId?: string
  summary?: string
  description?: string
  tags?: string[]
  security?: object[]
  parameters?: Parameter[]
  requestBody?: { content?: Record<string, { schema?: object; example?: object }> }
  responses?: Record<string, { description?: string; content?: Record<string, { schema?: object }> }>
}

/** A sentence in which `code` is marked. */
const sentence = (value: string): string => plain(value).replace(/`([^`]+)`/g, '<code>$1</code>')
/** A schema as JSON, in which each reference is a link. */
const pretty = (schema: object): string =>
  `<pre>${plain(JSON.stringify(schema, null, 2)).replace(/&quot;#\/components\/schemas\/(\w+)&quot;/g, '&quot;<a href="#schema-$1">#/components/schemas/$1</a>&quot;')}</pre>`
const anchor = (name: string): string => name.replaceAll(' ', '-')

/** A reference into the components becomes a link to its place on the page. */
function schemaOf(schema: object | undefined): string {
  if (schema === undefined) return ''
  const name = '$ref' in schema && typeof schema.$ref === 'string' ? schema.$ref.split('/').at(-1) : undefined
  return name === undefined ? pretty(schema) : `<p><a href="#schema-${plain(name)}">${plain(name)}</a></p>`
}

/** The whole page: no script, nothing from another server. */
export function docsPage({ info, tags = [], paths = {}, components }: Document): string {
  const title = info?.title ?? 'API'
  const operations = Object.entries(paths).flatMap(([path, methods]) => Object.entries(methods).map(([method, operation]) => ({ path, method, operation })))
  const groups = tags.map(({ name, description = '' }) => {
    const own = operations
      .filter(({ operation }) => operation.tags?.includes(name))
      .map(({ path, method, operation }) => renderOperation(path, method, operation))
    return `<h3 id="tag-${anchor(name)}">${plain(name)}</h3><p>${sentence(description)}</p>${own.join('\n')}`
  })
  // The target of a link stands inside: a browser opens what is closed around a target.
  const schemas = Object.entries(components?.schemas ?? {}).map(
    ([name, schema]) => `<details><summary><code>${plain(name)}</code></summary><div id="schema-${plain(name)}">${pretty(schema)}</div></details>`,
  )
  const errors = Object.entries(ERRORS).map(
    ([code, [status, text]]) => `<tr id="error-${code}"><td><code>${code}</code></td><td>${status}</td><td>${sentence(text)}</td></tr>`,
  )
  return htmlPage(
    title,
    `<h1>${plain(title)}</h1><p>${plain(info?.description ?? '')}</p><p>Machine-readable: <a href="/openapi.json">openapi.json</a> (OpenAPI 3.1)</p>
<p>The examples take three values from the shell: the hub’s address, a key, and the id of one thing where the path needs it; lists and answers show ids.</p>
<pre>HUB=http://127.0.0.1:8484
KEY=ck_…
ID=evt_…</pre>
<nav>${tags.map(({ name }) => `<a href="#tag-${anchor(name)}">${plain(name)}</a>`).join(' · ')} · <a href="#schemas">schemas</a> · <a href="#errors">errors</a></nav>
<h2>Routes</h2>${groups.join('\n')}
<h2 id="schemas">Schemas</h2>${schemas.join('\n')}
<h2 id="errors">Errors</h2><p>Match <code>code</code>; sentences may change.</p><table>${errors.join('\n')}</table>`,
  )
}

function renderOperation(path: string, method: string, operation: Operation): string {
  const { operationId = '', summary = '', description = '', parameters = [], requestBody, responses = {} } = operation
  const body = Object.values(requestBody?.content ?? {})[0]?.schema
  const answers = Object.entries(responses).map(
    ([status, { description: about = '', content }]) =>
      `<h4>${plain(status)}</h4><p>${sentence(about)}</p>${schemaOf(Object.values(content ?? {})[0]?.schema)}`,
  )
  return `<details id="${plain(operationId)}"><summary><b>${plain(method.toUpperCase())}</b><code>${plain(path)}</code> ${sentence(summary)}</summary>
<p>${sentence(description)}</p><pre>${plain(curlOf(path, method, operation))}</pre>
${parameters.length === 0 ? '' : `<h4>Parameters</h4><ul>${parameters.map(renderParameter).join('')}</ul>`}${body === undefined ? '' : `<h4>Body</h4>${schemaOf(body)}`}${answers.join('')}</details>`
}

function renderParameter({ name, in: place, required, description, schema: { type, enum: values, minimum, maximum, ...schema } = {} }: Parameter): string {
  const range = minimum === undefined || maximum === undefined ? '' : `, ${minimum}-${maximum}`
  const words = [values === undefined ? `${type ?? ''}${range}` : values.map((value) => `\`${String(value)}\``).join(', '), description ?? schema.description]
  const said = words.filter((word) => word !== undefined && word !== '').join('; ')
  return `<li><code>${plain(String(name))}</code> (${plain(String(place))}${required ? '' : ', optional'}): ${sentence(said)}</li>`
}

/** Values for the placeholders of a path, by the word before them, else by their name; every other one is an id, which only a list can tell. */
const PLACES: { [word: string]: string } = {
  users: 'ada',
  topics: 'team-a',
  'event-types': 'build.failed',
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

/** The route as a command: the address in $HUB, the key in $KEY, an id in $ID. */
function curlOf(path: string, method: string, { parameters = [], requestBody, responses = {}, security = [] }: Operation): string {
  const words = path.split('/')
  const filled = words.map((word, i) => (word.startsWith('{') ? (PLACES[words[i - 1] ?? ''] ?? PLACES[word.slice(1, -1)] ?? '$ID') : word)).join('/')
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
