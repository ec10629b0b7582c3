import { createHash } from 'node:crypto'
import { ERRORS } from '../../errors.ts'
import type { App } from '../app.ts'

/** The parts of an OpenAPI document that the page shows. */
interface Document {
  info?: { title?: string; description?: string }
  paths?: Record<string, Record<string, Operation>>
  components?: { schemas?: Record<string, object> }
}
interface Operation {
  parameters?: { name?: string; in?: string; required?: boolean }[]
  requestBody?: { content?: Record<string, { schema?: object }> }
  responses?: Record<string, { content?: Record<string, { schema?: object }> }>
}

const STYLE = `:root{color-scheme:light dark;font:16px/1.5 system-ui,sans-serif}body{max-width:60rem;margin:2rem auto;padding:0 1rem}
pre{overflow:auto;padding:.75rem;border:1px solid #8886;border-radius:.4rem;font-size:.85rem}summary{cursor:pointer;padding:.3rem 0}
code{font-family:ui-monospace,monospace}b{display:inline-block;min-width:4.5rem}td{padding:.2rem .8rem .2rem 0;vertical-align:top}`
const POLICY = `default-src 'none'; style-src 'sha256-${createHash('sha256').update(STYLE).digest('base64')}'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'`

/** `/openapi.json`, and a page that renders it: no script, and nothing loaded from another server. */
export function docsRoutes(app: App): void {
  let json: string | undefined
  let page: string | undefined
  const text = () => (json ??= JSON.stringify(app.swagger()))

  app.get('/openapi.json', { config: { public: true }, schema: { hide: true } }, (_request, reply) =>
    reply.type('application/json').serializer(String).send(text()),
  )
  app.get('/docs', { config: { public: true }, schema: { hide: true } }, (_request, reply) => {
    page ??= render(JSON.parse(text()))
    return reply.type('text/html; charset=utf-8').header('content-security-policy', POLICY).serializer(String).send(page)
  })
}

const plain = (value: string): string => value.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll('"', '&quot;')
const pretty = (value: object): string => `<pre>${plain(JSON.stringify(value, null, 2))}</pre>`

/** A reference into the components becomes a link to its place on the page. */
function schemaOf(schema: object | undefined): string {
  if (schema === undefined) return ''
  const name = '$ref' in schema && typeof schema.$ref === 'string' ? schema.$ref.split('/').at(-1) : undefined
  return name === undefined ? pretty(schema) : `<p><a href="#schema-${plain(name)}">${plain(name)}</a></p>`
}

function render({ info, paths = {}, components }: Document): string {
  const title = plain(info?.title ?? 'API')
  const operations = Object.entries(paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, operation]) => renderOperation(path, method, operation)),
  )
  const schemas = Object.entries(components?.schemas ?? {}).map(
    ([name, schema]) => `<details id="schema-${plain(name)}"><summary><code>${plain(name)}</code></summary>${pretty(schema)}</details>`,
  )
  const errors = Object.entries(ERRORS).map(
    ([code, [status, sentence]]) => `<tr id="error-${code}"><td><code>${code}</code></td><td>${status}</td><td>${plain(sentence)}</td></tr>`,
  )
  return `<!doctype html><html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width"><title>${title}</title><style>${STYLE}</style></head>
<body><h1>${title}</h1><p>${plain(info?.description ?? '')}</p><p>Machine-readable: <a href="/openapi.json">openapi.json</a> (OpenAPI 3.1)</p>
<h2>Routes</h2>${operations.join('\n')}
<h2>Schemas</h2>${schemas.join('\n')}
<h2>Errors</h2><p>Match <code>code</code>; sentences may change.</p><table>${errors.join('\n')}</table></body></html>`
}

function renderOperation(path: string, method: string, { parameters = [], requestBody, responses = {} }: Operation): string {
  const given = parameters.map(
    ({ name, in: place, required }) => `<code>${plain(String(name))}</code> (${plain(String(place))}${required ? '' : ', optional'})`,
  )
  const body = Object.values(requestBody?.content ?? {})[0]?.schema
  const answers = Object.entries(responses).map(([status, { content }]) => `<h4>${plain(status)}</h4>${schemaOf(Object.values(content ?? {})[0]?.schema)}`)
  return `<details><summary><b>${plain(method.toUpperCase())}</b><code>${plain(path)}</code></summary>
${given.length === 0 ? '' : `<p>${given.join(' · ')}</p>`}${body === undefined ? '' : `<h4>Body</h4>${schemaOf(body)}`}${answers.join('')}</details>`
}
