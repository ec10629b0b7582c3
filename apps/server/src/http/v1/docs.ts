import { createHash } from 'node:crypto'
import type { App } from '../app.ts'
import { docsPage } from '../docs-page.ts'

const STYLE = `:root{color-scheme:light dark;font:16px/1.5 system-ui,sans-serif}body{max-width:60rem;margin:2rem auto;padding:0 1rem}
pre{overflow:auto;padding:.75rem;border:1px solid #8886;border-radius:.4rem;font-size:.85rem}summary{cursor:pointer;padding:.3rem 0}
code{font-family:ui-monospace,monospace}b{display:inline-block;min-width:4.5rem}td{padding:.2rem .8rem .2rem 0;vertical-align:top}
h3{margin:2rem 0 .2rem;text-transform:capitalize}summary code{margin-right:.6rem}`
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
    page ??= docsPage(JSON.parse(text()), STYLE)
    return reply.type('text/html; charset=utf-8').header('content-security-policy', POLICY).serializer(String).send(page)
  })
}
