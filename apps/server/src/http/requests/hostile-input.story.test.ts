import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { openTestStore, type TestStore } from '../../../test/setup/engines.ts'
import { createTestServer, ROOT_KEY } from '../../app/testing/server.ts'

const LONG = 10_000
/** 10,000 characters that would turn a line round, ring a bell and fill a screen. */
const hostile = `\u202e\u0007\u2066${'x'.repeat(LONG)}`
const HIDDEN = /[\p{Cc}\u061c\u200b\u200e\u200f\u2028\u2029\u202a-\u202e\u2060-\u206f\ufeff]/u
const MOST = 6000

interface Schema {
  $ref?: string
  properties?: Record<string, Schema>
  anyOf?: Schema[]
  items?: Schema
}
interface Operation {
  parameters?: { name: string; in: string }[]
  requestBody?: { content: Record<string, { schema: Schema }> }
}

describe('refusals of hostile input', () => {
  let store: TestStore
  let server: Awaited<ReturnType<typeof createTestServer>>
  let refused = 0
  beforeAll(async () => {
    store = await openTestStore('sqlite')
    server = await createTestServer(store.dialect)
    await server.app.ready()
  })
  afterAll(async () => {
    await server.app.close()
    await store.close()
  })

  async function send(method: string, url: string, { headers = {}, body }: { headers?: Record<string, string>; body?: unknown } = {}) {
    const answer = await server.app.inject({
      method: method as 'GET',
      url,
      headers: {
        authorization: `Bearer ${ROOT_KEY}`,
        ...(/^\/v1\/(me|inbox)\b/.test(url) ? { 'carillon-user': 'ann' } : {}),
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
        ...headers,
      },
      ...(body === undefined ? {} : { payload: JSON.stringify(body) }),
    })
    if (answer.statusCode < 400) return
    refused++
    const what = `${method} ${url.slice(0, 80)} ${JSON.stringify(body)?.slice(0, 80)}`
    expect(answer.headers['content-type'], what).toBe('application/problem+json')
    expect(answer.statusCode, what).toBeLessThan(500)
    expect(answer.body.length, what).toBeLessThan(MOST)
    expect(answer.body, what).not.toContain('x'.repeat(65))
    expect(JSON.stringify(answer.json()), what).not.toMatch(HIDDEN)
    for (const text of textsOf(answer.json())) expect(text, what).not.toMatch(HIDDEN)
  }

  it('stay short and hold no control character, on every route and in every place', async () => {
    const { paths, components } = server.app.swagger() as { paths: Record<string, Record<string, Operation>>; components: { schemas: Record<string, Schema> } }
    const whole = (schema: Schema): Schema => (schema.$ref === undefined ? schema : whole(components.schemas[schema.$ref.split('/').at(-1)!]!))
    const fieldsOf = (schema: Schema): [string, Schema][] => {
      const { properties = {}, anyOf = [] } = whole(schema)
      return [...Object.entries(properties), ...anyOf.flatMap(fieldsOf)]
    }
    for (const [path, methods] of Object.entries(paths))
      for (const [name, { parameters = [], requestBody }] of Object.entries(methods)) {
        const method = name.toUpperCase()
        if (path === '/v1/inbox/stream') continue
        const url = path.replaceAll(/\{\w+\}/g, 'x')
        for (const text of [hostile, hostile.slice(0, 500)]) {
          const encoded = encodeURIComponent(text)
          if (path.includes('{')) await send(method, path.replaceAll(/\{\w+\}/g, encoded))
          await send(method, `${url}?${encoded}=1`)
          for (const { name } of parameters.filter((one) => one.in === 'query')) await send(method, `${url}?${name}=${encoded}`)
          for (const header of ['carillon-user', 'idempotency-key', 'origin', 'last-event-id']) await send(method, url, { headers: { [header]: encoded } })
        }
        await send(method, url, { headers: { 'content-type': `x/${'x'.repeat(LONG)}` }, body: {} })
        const schema = Object.values(requestBody?.content ?? {})[0]?.schema
        if (schema === undefined) continue
        await send(method, url, { body: { [hostile]: 1 } })
        await send(method, url, { body: hostile })
        await send(method, url, { body: { [hostile]: { [hostile]: '\u0000' } } })
        for (const [field] of fieldsOf(schema))
          for (const value of [
            hostile,
            [hostile],
            { [hostile]: hostile },
            [{ [hostile]: 1 }],
            { default: { title: `{{ '${hostile}' | ${'x'.repeat(LONG)} }}`, [hostile]: 1 } },
            { [hostile]: { [hostile]: 5 } },
          ])
            await send(method, url, { body: { ...BASE[`${method} ${path}`], [field]: value } })
      }
    expect(refused).toBeGreaterThan(1000)
  })
})

/** Bodies that are good but for the one field, so that the rules behind the schema are reached too. */
const BASE: Record<string, object> = {
  'POST /v1/events': { type: 'order.shipped', to: ['ann'] },
  'POST /v1/notifications': { to: ['ann'], title: 'a', body: '' },
  'POST /v1/connections': {
    provider: 'smtp',
    name: 'Mail',
    personal: true,
    settings: { host: 'mail.example.com', port: 588, security: 'none', from: 'a@example.com' },
  },
  'POST /v1/connections/test': {
    provider: 'smtp',
    name: 'Mail',
    personal: true,
    settings: { host: 'mail.example.com', port: 588, security: 'none', from: 'a@example.com' },
  },
  'POST /v1/keys': { name: 'x', scopes: ['read'] },
  'PUT /v1/event-types/{key}': { templates: {} },
}

function* textsOf(value: unknown): Generator<string> {
  if (typeof value === 'string') yield value
  else if (typeof value === 'object' && value !== null)
    for (const [key, member] of Object.entries(value)) {
      yield key
      yield* textsOf(member)
    }
}
