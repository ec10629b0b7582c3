import { CarillonError } from '../../errors.ts'
import type { App } from '../app.ts'
import { docsPage } from '../pages/docs-page.ts'
import { type About, homePage, wantsPage } from '../pages/home-page.ts'
import { sendPage } from '../pages/page.ts'

/** `/openapi.json`, a page that renders it, and the page at `/`: no script, and nothing loaded from another server. */
export function docsRoutes(app: App, about: About): void {
  const open = { config: { public: true }, schema: { hide: true } } as const
  let json: string | undefined
  let page: string | undefined
  const text = () => (json ??= JSON.stringify(app.swagger()))

  app.get('/openapi.json', open, (_request, reply) => reply.type('application/json').serializer(String).send(text()))
  app.get('/docs', open, (_request, reply) => {
    page ??= docsPage(JSON.parse(text()))
    return sendPage(reply, page)
  })
  app.get('/', open, (request, reply) => {
    reply.header('vary', 'Accept, Origin')
    const { headers } = request
    if (!wantsPage(headers.accept)) throw new CarillonError('not_found')
    return sendPage(reply, homePage(about))
  })
}
