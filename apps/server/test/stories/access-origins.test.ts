import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { engines } from '../setup/engines.ts'
import { type Answered, ask } from './access/ask.ts'
import { type Route, routesOf } from './access/routes.ts'
import { openWorld, type World } from './world.ts'

const OWN = 'https://bells.example.com'
const APP = 'https://app.example.com'
const DEVICE = 'capacitor://localhost'

/** A page, as its browser presents it. */
interface Page {
  name: string
  headers: Record<string, string>
  /** Whether it may call routes that need a key, and may read answers. */
  may: { call: boolean; read: boolean }
}

describe.each(engines)('pages of other origins on every route (%s)', (engine) => {
  let world: World
  let routes: Route[]
  let pages: Page[]
  let keys: Record<string, Record<string, string>>
  beforeAll(async () => {
    world = await openWorld(engine, { env: { CARILLON_BASE_URL: OWN, CARILLON_ALLOWED_ORIGINS: `${APP}, ${DEVICE}` } })
    routes = await routesOf(world.address)
    const listed = [OWN, APP, DEVICE].map((origin): Page => ({ name: origin, headers: { origin }, may: { call: true, read: true } }))
    const foreign = [
      'https://evil.example',
      'null',
      `${APP}.evil.example`,
      'http://app.example.com',
      `${APP}:8443`,
      'https://app.example.com/',
      APP.toUpperCase(),
    ]
    pages = [
      { name: 'no page', headers: {}, may: { call: true, read: false } },
      ...listed,
      ...foreign.map((origin): Page => ({ name: origin, headers: { origin }, may: { call: false, read: false } })),
      // The browser reads the answers of a page's own origin without any header. A proxy may have changed the name of the host.
      { name: 'the same host', headers: { origin: world.address }, may: { call: true, read: false } },
      {
        name: 'the same origin behind a proxy',
        headers: { origin: 'https://shop.example', 'sec-fetch-site': 'same-origin' },
        may: { call: true, read: false },
      },
      { name: 'the same site only', headers: { origin: 'https://shop.example', 'sec-fetch-site': 'same-site' }, may: { call: false, read: false } },
    ]
    const { token } = await world.client().users.token('ana')
    keys = {
      nobody: {},
      'the root key': { authorization: `Bearer ${world.rootKey}`, 'carillon-user': 'ana' },
      'a user token': { authorization: `Bearer ${token}` },
    }
  })
  afterAll(() => world.stop())

  const path = (route: Route) => route.path.replaceAll(/\{\w+\}/g, 'nobody-has-this')
  const readableBy = ({ headers }: Answered) => headers['access-control-allow-origin'] ?? null

  it('a page calls what its origin may, with each credential, and reads every answer to it, refusals included', async () => {
    expect(routes.length).toBeGreaterThan(70)
    const wrong: string[] = []
    for (const page of pages)
      for (const [who, credential] of Object.entries(keys))
        await Promise.all(
          routes.map(async (route) => {
            const asked = { method: route.method, path: path(route), headers: { ...credential, ...page.headers }, ...(route.hasBody && { body: '{' }) }
            const answer = await ask(world.address, asked)
            const { headers, status, code } = answer
            const refused = status === 403 && code === 'origin_not_allowed'
            const right =
              refused === (!page.may.call && route.access.kind !== 'public') &&
              readableBy(answer) === (page.may.read ? page.headers['origin'] : null) &&
              headers['access-control-allow-credentials'] === undefined &&
              /\borigin\b/i.test(String(headers.vary))
            if (!right)
              wrong.push(`${page.name} with ${who}: ${route.name} answered ${status} ${code}, readable by ${readableBy(answer)}, vary ${headers.vary}`)
          }),
        )
    expect(wrong).toEqual([])
  })

  it('a preflight is answered for every route, and allows its method and the headers that the hub reads, to listed origins only', async () => {
    const wrong: string[] = []
    for (const page of pages.filter(({ headers }) => headers['origin'] !== undefined))
      await Promise.all(
        routes.map(async (route) => {
          const preflight = { ...page.headers, 'access-control-request-method': route.method, 'access-control-request-headers': 'authorization,carillon-user' }
          const answer = await ask(world.address, { method: 'OPTIONS', path: path(route), headers: preflight })
          const { headers, status, code } = answer
          const allowed = {
            methods: headers['access-control-allow-methods']?.split(', ').includes(route.method) === true,
            headers: ['Authorization', 'Carillon-User', 'Content-Type', 'Idempotency-Key', 'Last-Event-ID'].every((name) =>
              headers['access-control-allow-headers']?.split(', ').includes(name),
            ),
            age: Number(headers['access-control-max-age']) > 0,
            origin: readableBy(answer) === (page.may.read ? page.headers['origin'] : null),
          }
          const right = page.may.call
            ? status === 204 && Object.values(allowed).every((one) => one)
            : status === 403 && code === 'origin_not_allowed' && allowed.origin
          if (!right && (page.may.read || !page.may.call)) wrong.push(`${page.name}: ${route.name} answered ${status} ${code} ${JSON.stringify(allowed)}`)
        }),
      )
    expect(wrong).toEqual([])
  })

  it('what is no preflight, and what has no route, answers as it does without an origin', async () => {
    const asked = async (path: string, headers: Record<string, string>) => {
      const { status, code } = await ask(world.address, { method: 'OPTIONS', path, headers })
      return `${status} ${code}`
    }
    expect(await asked('/v1/inbox', {})).toBe('405 method_not_allowed')
    expect(await asked('/v1/inbox', { origin: APP })).toBe('405 method_not_allowed')
    expect(await asked('/v1/inbox', { 'access-control-request-method': 'GET' })).toBe('405 method_not_allowed')
    expect(await asked('/v1/nothing', { origin: APP, 'access-control-request-method': 'GET' })).toBe('404 not_found')
  })

  it('a person’s page opens a stream with its token, or with a ticket; the page of another origin opens none with either', async () => {
    const ticket = async () =>
      (await (await fetch(`${world.address}/v1/inbox/tickets`, { method: 'POST', headers: keys['a user token']! })).json()) as { ticket: string }
    for (const [origin, status] of [
      [APP, 200],
      ['https://evil.example', 403],
    ] as const) {
      const stream = (path: string, headers: Record<string, string>) => ask(world.address, { method: 'GET', path, headers: { ...headers, origin } })
      const withToken = await stream('/v1/inbox/stream', keys['a user token']!)
      const withTicket = await stream(`/v1/inbox/stream?ticket=${(await ticket()).ticket}`, {})
      for (const answer of [withToken, withTicket])
        expect({ status: answer.status, page: readableBy(answer) }).toEqual({ status, page: status === 200 ? APP : null })
    }
  })
})
