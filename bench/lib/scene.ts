import type { EventReport } from '@carillon/client'
import type { Hub } from './hub.ts'
import { ROOT_KEY } from './hub.ts'
import type { Post } from './post.ts'

export const SECRET = `whsec_${Buffer.alloc(32, 3).toString('base64')}`
export const USERS = 1000

/** The event of every row: a shipped order, with a schema, a title and a body to render. */
const EVENT_TYPE = {
  name: 'Order shipped',
  category: 'orders',
  schema: {
    type: 'object',
    required: ['orderId', 'figure', 'price'],
    properties: { orderId: { type: 'string' }, figure: { type: 'string' }, price: { type: 'number' }, currency: { type: 'string' }, link: { type: 'string' } },
    additionalProperties: false,
  },
  templates: {
    default: {
      title: 'Order {{ data.orderId }} shipped',
      body: 'Hello {{ user.name }}, **{{ data.figure }}** is on its way.\n\n{% if data.link %}[Track it]({{ data.link }}){% endif %} Price {{ data.price }} {{ data.currency }}.',
    },
  },
}

/** Registers the event type; with a receiver also the webhook connection and `USERS` people with a signed webhook each. */
export async function setScene({ client }: Hub, receiver?: { url: string }): Promise<void> {
  await client.eventTypes.put('order.shipped', EVENT_TYPE)
  if (receiver === undefined) return
  await client.connections.create({ provider: 'webhook', name: 'Webhooks', personal: true })
  await client.users.putBatch(Array.from({ length: USERS }, (_, n) => ({ id: userId(n), name: `Ana ${n}`, email: `ana${n}@example.com`, locale: 'en' })))
  for (let n = 0; n < USERS; n += 20)
    await Promise.all(
      Array.from({ length: 20 }, (_, i) => client.as(userId(n + i)).me.putDestination('webhook', { url: `${receiver.url}/hook/${n + i}`, secret: SECRET })),
    )
}

export const userId = (n: number): string => `user_${n % USERS}`

export const report = (n: number): EventReport => ({
  type: 'order.shipped',
  to: [userId(n)],
  data: { orderId: `A-${n}`, figure: 'Saber, 1/7 scale', price: 189.5, currency: 'EUR', link: 'https://shop.example.com/orders/1' },
})

export const HEADERS = { authorization: `Bearer ${ROOT_KEY}`, 'content-type': 'application/json' }

export const single = (n: number): Post => ({ path: '/v1/events', headers: HEADERS, body: JSON.stringify(report(n)) })

export const batch = (n: number, size: number): Post => ({
  path: '/v1/events/batch',
  headers: HEADERS,
  body: JSON.stringify({ events: Array.from({ length: size }, (_, i) => report(n * size + i)) }),
})
