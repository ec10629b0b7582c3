import { type Client, createClient } from '@carillon/client'
import { validate } from '@readme/openapi-parser'
import { Ajv2020 } from 'ajv/dist/2020.js'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { ROUTE_WORDS, TAGS } from '../../src/http/pages/route-words.ts'
import { engines } from '../setup/engines.ts'
import { openWorld, type World } from './world.ts'

interface Operation {
  operationId?: string
  summary?: string
  description?: string
  tags?: string[]
  'x-scope'?: string
  parameters?: { name: string; in: string; required?: boolean; schema?: object }[]
  requestBody?: { required: boolean; content: Record<string, { schema: object; example?: object }> }
  responses: Record<string, { description: string; content?: Record<string, { schema: object }> }>
  security?: object[]
}
interface Document {
  openapi: string
  info: { title: string; version: string }
  servers: { url: string }[]
  tags: { name: string; description: string }[]
  paths: Record<string, Record<string, Operation>>
  components: { schemas: Record<string, object>; securitySchemes: object }
}

/** Routes that are not part of the API: the document itself, and the pages for people. */
const HIDDEN = ['GET /', 'GET /docs', 'GET /openapi.json']

// The document is the same on both engines: one is enough.
describe.each(engines.slice(0, 1))('OpenAPI document (%s)', (engine) => {
  let world: World
  let document: Document
  beforeAll(async () => {
    world = await openWorld(engine)
    document = (await (await fetch(`${world.address}/openapi.json`)).json()) as Document
  })
  afterAll(() => world.stop())

  const operations = () =>
    Object.entries(document.paths).flatMap(([path, methods]) =>
      Object.entries(methods).map(([method, operation]) => ({ name: `${method.toUpperCase()} ${path}`, path, operation })),
    )

  it('is OpenAPI 3.1, and has every route of the server and no others', () => {
    expect(document.openapi).toMatch(/^3\.1\.\d+$/)
    expect(document.info).toMatchObject({ title: 'Carillon', version: expect.any(String) })
    const served = routesOf(world.app.server.printRoutes({ commonPrefix: false })).filter((name) => !HIDDEN.includes(name))
    expect(served.length).toBeGreaterThan(50)
    expect(
      operations()
        .map(({ name }) => name)
        .sort(),
    ).toEqual(served.sort())
  })

  it('is valid to a validator of the specification', async () => {
    expect(await validate(JSON.parse(JSON.stringify(document)))).toEqual({ valid: true, warnings: [], specification: 'OpenAPI' })
  })

  it('has no broken references, and every schema compiles', () => {
    const text = JSON.stringify(document)
    const names = new Set([...text.matchAll(/"\$ref":"([^"]+)"/g)].map(([, ref]) => ref!))
    expect(names.size).toBeGreaterThan(20)
    for (const ref of names) expect(document.components.schemas, ref).toHaveProperty([ref.replace('#/components/schemas/', '')])

    const ajv = new Ajv2020({ strict: false, validateFormats: false })
    ajv.addSchema({ $id: 'https://carillon.test/openapi', components: document.components })
    for (const { name, operation } of operations())
      for (const { content = {} } of [operation.requestBody ?? {}, ...Object.values(operation.responses)])
        for (const { schema } of Object.values(content)) {
          const absolute = JSON.parse(JSON.stringify(schema).replaceAll('"#/components', '"https://carillon.test/openapi#/components'))
          expect(() => ajv.compile(absolute), name).not.toThrow()
        }
  })

  it('describes request, response and errors of every route', () => {
    for (const { name, path, operation } of operations()) {
      const placeholders = [...path.matchAll(/\{(\w+)\}/g)].map(([, param]) => param)
      const declared = (operation.parameters ?? []).filter((parameter) => parameter.in === 'path')
      expect(declared.map((parameter) => parameter.name).sort(), name).toEqual(placeholders.sort())
      expect(
        declared.every(({ required }) => required === true),
        name,
      ).toBe(true)
      const codes = Object.keys(operation.responses)
      expect(codes, name).toContain('default')
      expect(
        codes.some((code) => /^[123]/.test(code)),
        name,
      ).toBe(true)
      for (const response of Object.values(operation.responses)) expect(response.description, name).toEqual(expect.any(String))
      expect(operation.security !== undefined && operation.security.length === 0, name).toBe(path.startsWith('/health/'))
    }
  })

  it('has words for every route and for no other', () => {
    const worded = Object.keys(ROUTE_WORDS).map((route) => route.replace(/:(\w+)/g, '{$1}'))
    expect(worded.sort()).toEqual(
      operations()
        .map(({ name }) => name)
        .sort(),
    )
    const ids = operations().map(({ operation }) => operation.operationId)
    expect(new Set(ids).size).toBe(ids.length)
    expect(document.tags.map(({ name }) => name)).toEqual(Object.keys(TAGS))
    expect(document.servers).toHaveLength(1)
    for (const { name, operation } of operations()) {
      expect(operation.operationId, name).toMatch(/^[a-z]+([A-Z][a-z]+)+$/)
      expect(operation.summary, name).toMatch(/^[A-Z].{5,79}$/)
      expect(Object.keys(TAGS), name).toContain(operation.tags?.[0])
      for (const { description } of Object.values(operation.responses)) expect(description, name).not.toBe('Default Response')
    }
  })

  it('names the scope, the headers and the kind of errors of every route', () => {
    for (const { name, path, operation } of operations()) {
      const headers = (operation.parameters ?? []).filter((one) => one.in === 'header').map((one) => one.name)
      const own = /^\/v1\/(me|inbox)\b/.test(path)
      const open = path.startsWith('/health/')
      expect(headers.includes('Carillon-User'), name).toBe(own)
      expect(headers.includes('Idempotency-Key'), name).toBe(name.startsWith('POST '))
      expect(headers.includes('Carillon-Hops'), name).toBe(['/v1/events', '/v1/events/batch', '/v1/notifications'].includes(path) && name.startsWith('POST '))
      expect(headers.includes('Last-Event-ID'), name).toBe(path === '/v1/inbox/stream' || path === '/v1/inbox/ws')
      expect(operation['x-scope'], name).toEqual(open ? undefined : own ? 'act' : expect.any(String))
      expect(operation.description, name).toContain(open ? 'Needs no key' : `scope \`${operation['x-scope']}\``)
      expect(operation.security, name).toEqual(
        open ? [] : own ? expect.arrayContaining([{ userToken: [] }, { apiKey: ['act'] }]) : [{ apiKey: [operation['x-scope']] }],
      )
      for (const [status, code] of [
        ['4XX', 'invalid_request'],
        ['default', 'unavailable'],
      ] as const) {
        const refusal = operation.responses[status]
        expect(refusal?.content, name).toEqual({ 'application/problem+json': { schema: { $ref: '#/components/schemas/Problem' } } })
        expect(refusal?.description, name).toContain(`\`${code}\``)
      }
    }
  })

  it('has an example for every body that is needed, and its own schemas accept it', () => {
    const ajv = new Ajv2020({ strict: false, validateFormats: false })
    ajv.addSchema({ $id: 'https://carillon.test/openapi', components: document.components })
    for (const { name, operation } of operations()) {
      const [media] = Object.values(operation.requestBody?.content ?? {})
      if (media === undefined) continue
      if (operation.requestBody?.required) expect(media.example, name).toBeDefined()
      if (media.example === undefined) continue
      const validate = ajv.compile(JSON.parse(JSON.stringify(media.schema).replaceAll('"#/components', '"https://carillon.test/openapi#/components')))
      expect(validate(media.example), `${name}: ${JSON.stringify(validate.errors)}`).toBe(true)
    }
  })

  it('has examples that work when they are sent, once their event type, topic and user exist', async () => {
    // Those need a thing that only one hub can name, or a connection with keys, or they call a vendor.
    const elsewhere = ['confirmMyDestination', 'markEntries', 'registerMyDevice', 'testUnsavedConnection']
    const first = ['putEventType', 'putTopic', 'putUser']
    const place: Record<string, string> = { topics: 'team-a', users: 'ada', 'event-types': 'build.failed', channels: 'email', destinations: 'email' }
    const sent = operations()
      .map(({ name, operation }) => ({ name, id: operation.operationId ?? '', example: Object.values(operation.requestBody?.content ?? {})[0]?.example }))
      .filter(({ name, id, example }) => example !== undefined && !elsewhere.includes(id) && !/\{(id|name)\}/.test(name.replace('/users/{id}', '')))
      .sort((a, b) => Number(first.includes(b.id)) - Number(first.includes(a.id)))
    expect(sent.length).toBeGreaterThan(15)
    for (const { name, example } of sent) {
      const [method = '', path = ''] = name.split(' ')
      const own = /^\/v1\/(me|inbox)\b/.test(path)
      const response = await fetch(world.address + path.replace(/([\w-]+)\/\{\w+\}/g, (_, word: string) => `${word}/${place[word]}`), {
        method,
        headers: { authorization: `Bearer ${world.rootKey}`, 'content-type': 'application/json', ...(own && { 'carillon-user': 'ada' }) },
        body: JSON.stringify(example),
      })
      expect({ name, status: response.status, ...(response.ok ? {} : { said: await response.text() }) }).toEqual({
        name,
        status: expect.toSatisfy((status: number) => status < 300),
      })
    }
  })

  it('knows every route that the SDK calls', async () => {
    const asked = new Set<string>()
    const recorder: typeof fetch = async (input, init) => {
      asked.add(`${init?.method ?? 'GET'} ${new URL(String(input)).pathname}`)
      return new Response('{"items":[],"nextCursor":null}', { headers: { 'content-type': 'application/json' } })
    }
    await callEverything(createClient({ baseUrl: world.address, token: 'x', fetch: recorder }))
    expect(asked.size).toBeGreaterThan(50)
    const patterns = operations().map(({ name }) => new RegExp(`^${name.replace(/\{\w+\}/g, '[^/]+')}$`))
    expect([...asked].filter((call) => !patterns.some((pattern) => pattern.test(call)))).toEqual([])
  })
})

/** Calls each method of each resource once, with placeholders. */
async function callEverything(client: Client): Promise<void> {
  for (const [resource, methods] of Object.entries(client)) {
    if (resource === 'transport' || typeof methods !== 'object' || methods === null) continue
    for (const [name, method] of Object.entries(methods as Record<string, (...given: unknown[]) => unknown>)) {
      if (resource === 'inbox' && name === 'stream') continue
      const answer = method('x', 'y')
      if (typeof answer === 'object' && answer !== null && Symbol.asyncIterator in answer) for await (const _ of answer as AsyncIterable<unknown>) break
      else await answer
    }
  }
}

/** `METHOD /path/{param}` of every route, parsed from Fastify's printed tree. */
function routesOf(drawing: string): string[] {
  const parts: string[] = []
  const routes: string[] = []
  for (const line of drawing.split('\n')) {
    const found = /^((?:[│ ] {3})*)[├└]── (.*?)(?: \(([A-Z, ]+)\))?$/.exec(line)
    if (found === null) continue
    const depth = found[1]!.length / 4
    parts.length = depth
    parts.push(found[2]!)
    const path = parts.join('').replace(/:(\w+)/g, '{$1}')
    for (const method of found[3]?.split(', ') ?? []) routes.push(`${method} ${path}`)
  }
  return routes
}
