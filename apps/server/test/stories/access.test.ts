import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { engines } from '../setup/engines.ts'
import { ask, askSlowly } from './access/ask.ts'
import { type Caller, callersOf } from './access/callers.ts'
import { type Route, routesOf } from './access/routes.ts'
import { rightAnswer } from './access/rule.ts'
import { openWorld, type World } from './world.ts'

/** Own routes that name a thing by its id, and what has to be sent there for the id to be looked at. */
const BODIES: Record<string, unknown> = { '/v1/inbox/{id}/snooze': { until: null } }
const NOT_FOUND = { status: 404, code: 'not_found' }

describe.each(engines)('access to every route (%s)', (engine) => {
  let world: World
  let routes: Route[]
  let callers: Caller[]
  beforeAll(async () => {
    world = await openWorld(engine)
    routes = await routesOf(world.address)
    callers = await callersOf(world)
  })
  afterAll(() => world.stop())

  const nobodyHas = (path: string) => path.replaceAll(/\{\w+\}/g, 'nobody-has-this')

  it('every caller gets the right answer on every route, before the body is read', async () => {
    expect(routes.length).toBeGreaterThan(70)
    expect(callers.length).toBeGreaterThan(30)
    const wrong: string[] = []
    for (const caller of callers)
      await Promise.all(
        routes.map(async ({ name, method, path, access, hasBody }) => {
          const right = rightAnswer(access, caller.worth)
          const asked = { method, path: nobodyHas(path) + (caller.query ?? ''), headers: caller.headers }
          // No JSON: whoever may not call a route learns nothing about its bodies, and whoever may changes nothing here.
          const { status, code } = await ask(world.address, { ...asked, ...(hasBody && { body: '{' }) })
          const isRight = right === 'permitted' ? status !== 401 && status !== 403 && status < 500 : status === right.status && code === right.code
          if (!isRight) wrong.push(`${caller.name}: ${name} answered ${status} ${code}, and not ${JSON.stringify(right)}`)
        }),
      )
    expect(wrong).toEqual([])
  })

  it('a person’s own routes are those about themselves, and only what says nothing is public', () => {
    const kinds = (kind: Route['access']['kind']) => routes.filter(({ access }) => access.kind === kind)
    expect(kinds('public').map(({ path }) => path)).toEqual(expect.arrayContaining(['/', '/health/live', '/health/ready', '/docs', '/openapi.json']))
    expect(kinds('public')).toHaveLength(5)
    for (const { path, access } of routes) if (/^\/v1\/(?:me|inbox)\b/.test(path)) expect({ path, kind: access.kind }).toEqual({ path, kind: 'own' })
    expect(routes.filter(({ access }) => access.kind === 'own' && access.ticket).map(({ path }) => path)).toEqual(['/v1/inbox/stream', '/v1/inbox/ws'])
  })

  it('what belongs to somebody else is not found, whatever is done to it', async () => {
    const [ana, ben] = [await tokenOf('ana'), await tokenOf('ben')]
    await world.client().events.notify({ to: ['ben'], title: 'For Ben', body: '' })
    await world.atRest()
    const device = await world.client('ben').me.registerDevice({ provider: 'fcm', token: 'a-token-of-ben', name: 'Phone' })
    await world.client('ben').me.putDestination('webhook', { url: `${world.hooks.url}/ben` })
    const [entry] = (await world.client('ben').inbox.list()).items
    const foreign: Record<string, string> = { '/v1/inbox/{id}': entry?.id ?? '', '/v1/me/devices/{id}': device.id, '/v1/me/destinations/{channel}': 'webhook' }
    const own = routes.filter(({ access }) => access.kind === 'own')
    const reads = own.filter(({ method, path }) => method === 'GET' && !path.includes('{') && !/\/(stream|ws|push-key)$/.test(path))
    const everythingOfBen = () => Promise.all(reads.map(async ({ path }) => (await ask(world.address, { method: 'GET', path, headers: ben })).body))

    const before = await everythingOfBen()
    for (const { name, method, path, hasBody } of own.filter(({ path }) => path.includes('{id}'))) {
      const [known, id] = Object.entries(foreign).find(([prefix]) => path.startsWith(prefix)) ?? []
      if (known === undefined || id === undefined) throw new Error(`${name}: say here what somebody else has that this route could find`)
      const asked = { method, path: path.replace(/\{\w+\}/, id), ...(hasBody && { body: JSON.stringify(BODIES[path] ?? {}) }) }
      for (const invented of [asked, { ...asked, path: nobodyHas(path) }])
        expect({ name, ...statusOf(await ask(world.address, { ...invented, headers: ana })) }).toEqual({ name, ...NOT_FOUND })
    }
    for (const method of ['GET', 'DELETE'])
      expect(statusOf(await ask(world.address, { method, path: '/v1/me/destinations/webhook', headers: ana }))).toEqual(NOT_FOUND)
    expect(await everythingOfBen()).toEqual(before)
    expect(before.every((body) => typeof body === 'object')).toBe(true)
  })

  it('a key or token that ends while a body is under way ends the request, on every route with a body', async () => {
    const hub = world.client()
    const { id, key } = await hub.keys.create({ name: 'ends', scopes: ['admin'] })
    const callers = { token: await tokenOf('eve'), key: { authorization: `Bearer ${key}` } }
    const withBody = routes.filter(({ hasBody }) => hasBody)
    const slow = withBody.map(({ name, method, path, access }) => {
      const headers = access.kind === 'own' ? callers.token : callers.key
      return { name, asked: askSlowly(world.address, { method, path: nobodyHas(path), headers, body: '{}' }) }
    })
    expect(slow.length).toBeGreaterThan(30)
    // The head of every request was read, and the caller let in.
    await Promise.all(slow.map(({ asked }) => asked.begun))
    await hub.keys.revoke(id)
    await hub.users.delete('eve')
    const answers = await Promise.all(slow.map(async ({ name, asked }) => ({ name, ...statusOf(await asked.end()) })))
    expect(answers).toEqual(slow.map(({ name }) => ({ name, status: 401, code: 'unauthorized' })))
    expect((await hub.users.list()).items.map(({ id }) => id)).not.toContain('eve')
  })

  const tokenOf = async (user: string) => ({ authorization: `Bearer ${(await world.client().users.token(user)).token}` })
})

const statusOf = ({ status, code }: { status: number; code: string | null }) => ({ status, code })
