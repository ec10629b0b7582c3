import { createClient, type Templates } from '@carillon/client'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { engines } from '../setup/engines.ts'
import { openWorld, partsOf, refusal, type World } from './world.ts'

const templates = {
  default: { title: 'Order', body: '[Open](/orders/{{ data.id }}) {{ url }}', actions: [{ label: 'Track', url: '/track/{{ data.id }}' }] },
  webhook: { title: 'Order', url: '/hooked/{{ data.id }}', image: '/a.png' },
}

describe.each(engines)('links that are paths of the application (%s)', (engine) => {
  let world: World
  beforeAll(async () => {
    world = await openWorld(engine, { env: { CARILLON_APPLICATION_URL: 'https://shop.example/app/' } })
    await world.client().users.put('ann', { email: 'ann@example.com' })
    await world.client('ann').me.putDestination('webhook', { url: `${world.hooks.url}/ann` })
    await world.client().eventTypes.put('order.shipped', { templates })
    await world
      .client()
      .eventTypes.put('order.page', { templates: { default: { title: 'Page', html: '<a href="/page/{{ data.id }}">x</a><a href=\'/static\'>y</a>' } } })
  })
  afterAll(() => world.stop())

  it('lead there from the inbox, mails and webhooks', async () => {
    const { id } = await world.client().events.report({ type: 'order.shipped', to: ['ann'], data: { id: 5 }, url: '/shown?a=b' })
    await world.client().events.report({ type: 'order.page', to: ['ann'], data: { id: 6 } })
    await world.atRest()

    const items = (await world.client('ann').inbox.list()).items
    const entry = items.find(({ type }) => type === 'order.shipped')
    expect(entry).toMatchObject({ url: 'https://shop.example/app/shown?a=b', actions: [{ label: 'Track', url: 'https://shop.example/app/track/5' }] })
    expect(entry?.body).toContain('https://shop.example/app/orders/5')
    expect((await world.client().events.get(id)).url).toBe('https://shop.example/app/shown?a=b')

    const mails = world.mailsTo('ann@example.com').map(partsOf)
    const order = mails.find((parts) => parts['text/plain']?.includes('orders/5'))
    for (const link of ['https://shop.example/app/orders/5', 'https://shop.example/app/track/5', 'https://shop.example/app/shown?a=b'])
      expect(order?.['text/plain']).toContain(link)
    const page = mails.find((parts) => parts['text/html']?.includes('page/6'))?.['text/html']
    expect(page).toContain('<a href="https://shop.example/app/page/6">x</a><a href="https://shop.example/app/static">y</a>')

    const hook = world.hooksAt('/ann').map((received) => received.json())
    expect(hook).toContainEqual(expect.objectContaining({ url: 'https://shop.example/app/hooked/5' }))
    const told = JSON.stringify([items, mails, hook])
    for (const path of ['/orders', '/track', '/shown', '/page', '/static', '/hooked', '/a.png']) expect(told).not.toContain(`${world.config.baseUrl}${path}`)
  })
})

describe.each(engines)('links that are paths, while nobody said where the application is (%s)', (engine) => {
  let world: World
  beforeAll(async () => {
    world = await openWorld(engine)
    await world.client().eventTypes.put('order.shipped', {})
  })
  afterAll(() => world.stop())

  const report = { type: 'order.shipped', to: ['ann'], url: '/orders/5' }

  it('are refused at their pointer, with the name of the setting', async () => {
    const client = createClient({ baseUrl: world.address, token: world.rootKey })
    const calls = [client.events.report(report), client.events.notify({ to: ['ann'], title: 'a', body: '', url: '/orders/5' }), client.events.explain(report)]
    for (const call of calls) expect(await refusal(call)).toMatchObject({ status: 422, code: 'invalid_field', pointer: '/url' })
    const { items } = await client.events.reportBatch([{ ...report, url: 'https://shop.example/orders/5' }, report])
    expect(items).toMatchObject([
      { id: expect.any(String) },
      { error: { code: 'invalid_field', errors: [{ pointer: '/url', message: expect.stringContaining('CARILLON_APPLICATION_URL') }] } },
    ])
    await world.atRest()
  })

  it.each<[string, Templates]>([
    ['/templates/default/url', { default: { url: '/orders/{{ data.id }}' } }],
    ['/templates/default/actions/0/url', { default: { actions: [{ label: 'x', url: '/x' }] } }],
    ['/templates/default/body', { default: { body: '[x](/x)' } }],
    ['/templates/email/html', { email: { html: '<a href="/x">x</a>' } }],
    ['/templates/locales/fr/default/url', { locales: { fr: { default: { url: '/x' } } } }],
  ])('are refused in the template %s', async (pointer, templates) => {
    expect(await refusal(world.client().eventTypes.put('with.path', { templates }))).toMatchObject({ status: 422, code: 'invalid_field', pointer })
  })

  it('that data makes are left out everywhere: none leads to the hub', async () => {
    await world.client().users.put('ann', { email: 'ann@example.com' })
    await world.client().eventTypes.put('made.by.data', {
      templates: { default: { title: 'x', body: '[Open]({{ data.path }})', url: '{{ data.path }}', actions: [{ label: 'Go', url: '{{ data.path }}' }] } },
    })
    await world.client().events.report({ type: 'made.by.data', to: ['ann'], data: { path: '/orders/5' } })
    await world.atRest()
    const [item] = (await world.client('ann').inbox.list({ type: 'made.by.data' })).items
    expect(item).toMatchObject({ body: 'Open', actions: [] })
    expect(item?.url).toBeUndefined()
    const [mail] = world.mailsTo('ann@example.com').map(partsOf)
    expect(JSON.stringify(mail)).not.toContain('/orders/5')
  })
})
