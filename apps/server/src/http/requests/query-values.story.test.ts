import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { openTestStore, type TestStore } from '../../../test/setup/engines.ts'
import { createTestServer } from '../../app/testing/server.ts'

interface Parameter {
  name: string
  in: string
  schema?: { type?: string }
}
interface Operation {
  parameters?: Parameter[]
  requestBody?: { content: Record<string, { example?: object }> }
}
interface Document {
  paths: Record<string, Record<string, Operation>>
}
type Method = Parameters<Awaited<ReturnType<typeof createTestServer>>['call']>[0]

const WRONG: { [type: string]: string[] } = {
  integer: ['0x10', '1e1', '%2016', '16%20', '', '+16', '-1', '16.0', '%EF%BC%91', 'true', '1&{name}=2', '99999999999999999999'],
  number: ['0x10', '1e1', '%2016', '', '+16', 'true', '1&{name}=2'],
  boolean: ['1', '0', 'TRUE', 'yes', '', '%20true', 'true&{name}=true'],
}

describe('values in the queries of all routes', () => {
  let store: TestStore
  let server: Awaited<ReturnType<typeof createTestServer>>
  let routes: { name: string; method: Method; path: string; query: Parameter[]; body: object | undefined }[]
  beforeAll(async () => {
    store = await openTestStore('sqlite')
    server = await createTestServer(store.dialect)
    const { paths }: Document = (await server.call('GET', '/openapi.json')).body
    const methods: Record<string, Method> = { get: 'GET', post: 'POST', put: 'PUT', patch: 'PATCH', delete: 'DELETE' }
    // A WebSocket route asks for a handshake before it looks at the query; it has the query of the other stream.
    const asked = Object.entries(paths).filter(([path]) => path !== '/v1/inbox/ws')
    routes = asked.flatMap(([path, operations]) =>
      Object.entries(operations).map(([method, { parameters = [], requestBody }]) => ({
        name: `${method.toUpperCase()} ${path}`,
        method: methods[method]!,
        path: path.replaceAll(/\{\w+\}/g, 'nobody-has-this'),
        query: parameters.filter((one) => one.in === 'query'),
        // The body is looked at before the query.
        body: Object.values(requestBody?.content ?? {})[0]?.example,
      })),
    )
  })
  afterAll(async () => {
    await server.app.close()
    await store.close()
  })

  /** A person’s own routes need somebody to act for. */
  const ask = async ({ method, path, body }: (typeof routes)[number], query: string) => {
    const headers = path.startsWith('/v1/me') || path.startsWith('/v1/inbox') ? { user: 'ann' } : {}
    const answer = await server.call(method, `${path}?${query}`, body, headers)
    return { status: answer.status, pointer: answer.body.errors?.[0]?.pointer }
  }

  it('numbers and booleans have one spelling, and are given once', async () => {
    let tried = 0
    for (const route of routes)
      for (const { name, schema } of route.query)
        for (const wrong of WRONG[schema?.type ?? ''] ?? []) {
          const query = `${name}=${wrong.replace('{name}', name)}`
          expect({ route: route.name, query, ...(await ask(route, query)) }).toEqual({ route: route.name, query, status: 400, pointer: `/query/${name}` })
          tried++
        }
    expect(tried).toBeGreaterThan(150)
  })

  it('texts are given once too', async () => {
    for (const route of routes)
      for (const { name } of route.query)
        expect({ route: route.name, name, ...(await ask(route, `${name}=a&${name}=b`)) }).toEqual({
          route: route.name,
          name,
          status: 400,
          pointer: `/query/${name}`,
        })
  })

  it('a parameter that a route does not know is refused, also where there is none', async () => {
    for (const route of routes.filter(({ path }) => path.startsWith('/v1/')))
      expect({ route: route.name, ...(await ask(route, 'unheardOf=1')) }).toEqual({ route: route.name, status: 400, pointer: '/query/unheardOf' })
  })
})
