import { defineEventType } from '@carillon/pack'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { engines } from '../setup/engines.ts'
import { decisionsOf, openWorld, refusal, type World } from './world.ts'

const inCode = defineEventType({ key: 'invoice.paid', name: 'Invoice paid', category: 'billing', templates: { default: { title: 'From code', body: '' } } })

describe.each(engines)('event types (%s)', (engine) => {
  let world: World
  beforeAll(async () => {
    world = await openWorld(engine, { eventTypes: [inCode as never] })
  })
  afterEach(() => world.atRest())
  afterAll(() => world.stop())

  it('check the data of every event and name errors by pointer', async () => {
    const hub = world.client()
    await hub.eventTypes.put('price.dropped', {
      schema: {
        type: 'object',
        required: ['item', 'prices'],
        additionalProperties: false,
        properties: {
          item: { type: 'string', minLength: 1 },
          'a/b': { type: 'string' },
          prices: { type: 'array', items: { type: 'object', properties: { amount: { type: 'number', minimum: 0 } }, required: ['amount'] } },
        },
      },
    })
    const report = (data: Record<string, never | string | number | object>) =>
      hub.events.report({ type: 'price.dropped', to: ['ana'], data: JSON.parse(JSON.stringify(data)) })
    const refused = await report({ prices: [{ amount: 1 }, { amount: -1 }, {}], colour: 'red', 'a/b': 5 }).catch((error: unknown) => error)
    expect(refused).toMatchObject({ status: 422, code: 'invalid_data' })
    expect((refused as { errors: { pointer: string }[] }).errors.map(({ pointer }) => pointer).sort()).toEqual([
      '/data/a~1b',
      '/data/colour',
      '/data/item',
      '/data/prices/1/amount',
      '/data/prices/2/amount',
    ])
    expect(await report({ item: 'Clock', prices: [{ amount: 3 }] })).toEqual({ id: expect.stringMatching(/^evt_/) })
  })

  it('are refused when they could never work; the stored one is kept', async () => {
    const { eventTypes } = world.client()
    await eventTypes.put('kept.type', { templates: { default: { title: 'Good {{ data.x }}' } } })
    expect(await refusal(eventTypes.put('kept.type', { schema: { type: 'nonsense' } }))).toMatchObject({ status: 422, pointer: '/schema/type' })
    expect(await refusal(eventTypes.put('kept.type', { templates: { default: { title: '{{ data.x | nofilter }}' } } }))).toMatchObject({
      status: 422,
      pointer: '/templates/default/title',
    })
    expect(await refusal(eventTypes.put('kept.type', { schema: { type: 'object', required: ['x'] }, sample: {} }))).toMatchObject({
      status: 422,
      pointer: '/sample/x',
    })
    expect((await eventTypes.get('kept.type')).templates.default).toEqual({ title: 'Good {{ data.x }}' })
  })

  it('deduplicate events per person by their dedup template', async () => {
    const hub = world.client()
    await hub.eventTypes.put('build.broke', { dedup: '{{ data.branch }}', templates: { default: { title: '{{ data.branch }} broke' } } })
    const report = (branch: string, to: string[], dedupKey?: string) =>
      hub.events.report({ type: 'build.broke', to, data: { branch }, ...(dedupKey && { dedupKey }) })
    await report('main', ['dan'])
    await world.atRest()
    const again = await report('main', ['dan', 'eva'])
    await report('next', ['dan'])
    await report('main', ['dan'], 'said otherwise')
    await world.atRest()
    expect((await world.client('dan').inbox.list()).items.map(({ title }) => title).sort()).toEqual(['main broke', 'main broke', 'next broke'])
    expect((await world.client('eva').inbox.list()).items.map(({ title }) => title)).toEqual(['main broke'])
    const { items } = await hub.events.trace(again.id, { recipient: 'dan' })
    expect(items).toMatchObject([{ channel: null, decision: 'skip', reason: 'duplicate', detail: 'main' }])
  })

  it('refuse a data schema that cannot be applied in bounded time, and say where and why', async () => {
    const { eventTypes } = world.client()
    for (const [schema, pointer] of [
      [{ properties: { a: { pattern: '(?=a)b' } } }, '/schema/properties/a/pattern'],
      [{ properties: { a: { $ref: '#/$defs/a' } }, $defs: { a: { anyOf: [{ $ref: '#/$defs/a' }] } } }, '/schema'],
      [{ properties: { a: { $dynamicRef: '#a' } } }, '/schema/properties/a/$dynamicRef'],
      [{ properties: Object.fromEntries(Array.from({ length: 8_000 }, (_, i) => [`p${i}`, {}])) }, '/schema'],
    ] as const)
      expect(await refusal(eventTypes.put('kept.type', { schema: JSON.parse(JSON.stringify(schema)) })), pointer).toEqual({
        status: 422,
        code: 'invalid_field',
        pointer,
      })
  })

  it('refuse data that takes too long to check, and nothing else', async () => {
    const hub = world.client()
    const again = { properties: { a: { $ref: '#' } }, required: ['zz'] }
    await hub.eventTypes.put('tree.grown', { schema: JSON.parse(JSON.stringify({ anyOf: [again, again, {}], properties: { text: { pattern: '^(a+)+$' } } })) })
    const tree = (data: object) => ({ type: 'tree.grown', to: ['tim'], data: JSON.parse(JSON.stringify(data)) })
    const deep = (levels: number): object => (levels === 0 ? {} : { a: deep(levels - 1) })
    const { items } = await hub.events.reportBatch([tree({ text: 'aaa' }), tree(deep(28)), tree({ text: `${'a'.repeat(5_000)}!` }), tree({ text: 'a' })])
    expect(items.map((item) => ('id' in item ? 'taken' : item.error.errors[0]?.pointer))).toEqual(['taken', '/data', '/data/text', 'taken'])
  })

  it('deduplicate events also within one batch', async () => {
    const hub = world.client()
    const twice = { type: 'build.broke', to: ['fay'], data: { branch: 'main' } }
    await hub.events.reportBatch([twice, twice])
    await world.atRest()
    expect((await world.client('fay').inbox.list()).items).toHaveLength(1)
  })

  it('refuse a dedup template that cannot be saved, with its rule', async () => {
    const { eventTypes } = world.client()
    for (const dedup of ['{{ data.branch', '{{ data.branch | nofilter }}', '{{ user.id }}', '{% for a in data %}{{ a }}{% endfor %}'])
      expect(await refusal(eventTypes.put('kept.type', { dedup })), dedup).toEqual({ status: 422, code: 'invalid_field', pointer: '/dedup' })
  })

  it('refuse one report whose dedup template fails with its data, and take the others of the batch', async () => {
    const hub = world.client()
    await hub.eventTypes.put('page.made', { dedup: '{{ data.text | downcase }}', templates: { default: { title: '{{ data.text | truncate: 5 }}' } } })
    const page = (text: string) => ({ type: 'page.made', to: ['pia'], data: { text } })
    const long = 'x'.repeat(30_000)
    expect(await refusal(hub.events.report(page(long)))).toEqual({ status: 422, code: 'invalid_field', pointer: '/dedupKey' })
    const { items } = await hub.events.reportBatch([page('one'), page(long), { ...page(long), dedupKey: 'said' }, page('two')])
    expect(items.map((item) => ('id' in item ? 'taken' : [item.error.code, item.error.errors[0]?.pointer]))).toEqual([
      'taken',
      ['invalid_field', '/dedupKey'],
      'taken',
      'taken',
    ])
  })

  it('succeed when many are saved at once', async () => {
    const { eventTypes } = world.client()
    const keys = Array.from({ length: 10 }, (_, n) => `many.${n}`)
    await Promise.all(keys.map((key) => eventTypes.put(key, { templates: { default: { title: key } } })))
    for (const key of keys) expect((await eventTypes.get(key)).templates.default).toEqual({ title: key })
  }, 60_000)

  it('may be defined in code, replaced over the API and restored', async () => {
    const { eventTypes, events } = world.client()
    const title = async () => {
      const { id } = await events.report({ type: 'invoice.paid', to: ['gus'] })
      await world.atRest()
      return (await world.client('gus').inbox.list()).items.find(({ eventId }) => eventId === id)?.title
    }
    expect(await eventTypes.get('invoice.paid')).toMatchObject({ name: 'Invoice paid', category: 'billing', priority: 'medium' })
    expect(await title()).toBe('From code')
    await eventTypes.put('invoice.paid', { templates: { default: { title: 'From the API' } } })
    expect(await title()).toBe('From the API')
    await eventTypes.delete('invoice.paid')
    expect(await title()).toBe('From code')
    const keys: string[] = []
    for await (const { key } of eventTypes.all({ limit: 2 })) keys.push(key)
    expect(keys).toEqual([...new Set(keys)].sort())
    expect(keys).toEqual(expect.arrayContaining(['invoice.paid', 'message', 'build.broke']))
  })

  it('may be deleted while accepted events are still delivered', async () => {
    const hub = world.client()
    await hub.eventTypes.put('short.lived', {})
    const sendAt = new Date(world.clock.now() + 5000).toISOString()
    const { id } = await hub.events.report({ type: 'short.lived', to: [{ user: 'hal', email: 'hal@example.com' }], sendAt })
    await hub.eventTypes.delete('short.lived')
    world.clock.advance(5000)
    await world.atRest()
    expect(await decisionsOf(hub, id), 'every recipient has a decision').toMatchObject({ 'hal in_app': expect.any(String) })
  })

  it('are rendered late: an edited template is used by unsent deliveries', async () => {
    const hub = world.client()
    const look = (word: string) => hub.eventTypes.put('late.look', { templates: { default: { title: `${word} {{ data.n }}`, body: word } } })
    await look('Draft')
    await world.client('ida').me.putDestination('webhook', { url: `${world.hooks.url}/ida` })
    world.hooks.respond(503)
    await hub.events.report({ type: 'late.look', to: ['ida'], data: { n: 1 } })
    await world.atRest()
    await look('Final')
    world.hooks.respond(200)
    world.clock.advance(6000)
    await world.atRest()
    expect(world.hooksAt('/ida').map((request) => request.json())).toMatchObject([{ title: 'Draft 1' }, { title: 'Final 1' }])
    expect((await world.client('ida').inbox.list()).items.map(({ title }) => title)).toEqual(['Final 1'])
  })
})
