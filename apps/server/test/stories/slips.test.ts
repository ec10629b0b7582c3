import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { engines } from '../setup/engines.ts'
import { openWorld, type World } from './world.ts'

interface Operation {
  requestBody?: { required: boolean; content: Record<string, { example?: Record<string, unknown> }> }
  security?: object[]
}
interface Route {
  method: string
  path: string
  example: Record<string, unknown> | undefined
  /** It cannot be called without a body. */
  needsBody: boolean
  isPublic: boolean
}
interface Problem {
  status: number
  code: string
  detail: string
  errors: { pointer: string; message: string }[]
}

/** A slip of a finger: the second letter and the third are swapped, or one of them is left out where they are the same. */
const slip = (word: string): string => (word[1] === word[2] ? word[0]! + word.slice(2) : word[0]! + word[2] + word[1] + word.slice(3))

describe.each(engines)('slips of newcomers (%s)', (engine) => {
  let world: World
  let routes: Route[]
  beforeAll(async () => {
    world = await openWorld(engine, { unconnected: true })
    const { paths } = (await (await fetch(`${world.address}/openapi.json`)).json()) as { paths: Record<string, Record<string, Operation>> }
    routes = Object.entries(paths).flatMap(([path, methods]) =>
      Object.entries(methods).map(([method, { requestBody, security = [] }]) => ({
        method: method.toUpperCase(),
        path: path.replace('{channel}', 'email').replace(/\{\w+\}/g, 'webhook'),
        example: Object.values(requestBody?.content ?? {})[0]?.example,
        needsBody: requestBody?.required === true,
        isPublic: security.length === 0,
      })),
    )
  })
  afterAll(() => world.stop())

  async function ask({ method, path }: Pick<Route, 'method' | 'path'>, body?: string, headers: Record<string, string> = {}): Promise<Problem> {
    const own = /^\/v1\/(me|inbox)\b/.test(path) ? { 'carillon-user': 'ada' } : {}
    const response = await fetch(world.address + path, {
      method,
      headers: { authorization: `Bearer ${world.rootKey}`, 'content-type': 'application/json', ...own, ...headers },
      ...(body !== undefined && { body }),
    })
    expect(response.headers.get('content-type')).toBe('application/problem+json')
    return (await response.json()) as Problem
  }

  it('a misspelt field is named with the right one, at every route that takes a body', async () => {
    let tried = 0
    for (const route of routes)
      for (const [field, value] of Object.entries(route.example ?? {}).filter(([name]) => name.length > 3)) {
        const { [field]: _, ...rest } = route.example ?? {}
        const { errors } = await ask(route, JSON.stringify({ ...rest, [slip(field)]: value }))
        expect(errors, `${route.method} ${route.path} ${slip(field)}`).toContainEqual({
          pointer: expect.stringMatching(new RegExp(`^/(${field}|${slip(field)})$`)),
          message: expect.stringMatching(new RegExp(`is not a known field \\(did you mean ${field}\\?\\)|is required \\(you sent ${slip(field)}\\)`)),
        })
        tried++
      }
    expect(tried).toBeGreaterThan(30)
  })

  it('what comes in place of an object is called by its name, at every route that needs one', async () => {
    const some = routes.filter(({ needsBody }) => needsBody)
    expect(some.length).toBeGreaterThan(12)
    for (const route of some)
      for (const [body, words] of [
        [undefined, 'is missing'],
        ['', 'is missing'],
        [JSON.stringify(JSON.stringify(route.example)), 'is a text: send the JSON itself'],
        [JSON.stringify([route.example]), 'is a list'],
      ] as const)
        expect(await ask(route, body), `${route.method} ${route.path} ${body}`).toMatchObject({
          status: 400,
          code: 'invalid_request',
          errors: [{ pointer: '', message: expect.stringContaining(words) }],
        })
  })

  it('a form is no JSON, and the header to correct is named', async () => {
    for (const route of routes.filter(({ example }) => example !== undefined))
      expect(await ask(route, 'title=Hello', { 'content-type': 'application/x-www-form-urlencoded' })).toMatchObject({
        status: 415,
        errors: [{ pointer: '/header/content-type', message: 'must be application/json' }],
      })
  })

  it('a path with a slash too many or without /v1 is answered with the right one', async () => {
    for (const { method, path } of routes.filter((route) => route.path.startsWith('/v1/') && route.path.length > 8))
      for (const wrong of [`${path}/`, path.slice(3), `/${path}`]) {
        const { status, detail } = await ask({ method, path: wrong })
        expect({ wrong, status, detail }).toEqual({ wrong, status: 404, detail: `No route has this path (did you mean ${path}?); /docs lists them all.` })
      }
  })

  it('a key in a wrong form is told what is wrong with it, at every route that needs one', async () => {
    for (const route of routes.filter(({ isPublic }) => !isPublic))
      for (const [authorization, words] of [
        [world.rootKey, 'does not begin with Bearer'],
        ['Bearer', 'has nothing behind Bearer'],
        [`Bearer "${world.rootKey}"`, 'quote or bracket'],
      ] as const)
        expect(await ask(route, undefined, { authorization }), `${route.method} ${route.path}`).toMatchObject({
          status: 401,
          code: 'unauthorized',
          detail: expect.stringContaining(words),
        })
  })

  it('an event type that names a channel which does not exist is refused at each place, and not stored', async () => {
    const { eventTypes } = world.client()
    const look = { title: 'x' }
    await expect(eventTypes.put('slip', { channels: { emial: true }, locked: ['webhok'], templates: { defualt: look } })).rejects.toMatchObject({
      status: 422,
      code: 'unknown_channel',
      errors: [
        { pointer: '/channels/emial', message: expect.stringContaining('did you mean email?') },
        { pointer: '/locked/0', message: expect.stringContaining('did you mean webhook?') },
        { pointer: '/templates/defualt', message: expect.stringContaining('did you mean default?') },
      ],
    })
    await expect(eventTypes.get('slip')).rejects.toMatchObject({ code: 'not_found' })
  })
})
