import { Webhook } from 'standardwebhooks'
import { postAll } from './post.ts'
import type { Receiver } from './receiver.ts'
import { SECRET } from './scene.ts'

const CONNECTIONS = 128

const body = JSON.stringify({
  id: 'dlv_0197f1b2c3d47000a1b2c3d4e5f60718',
  eventId: 'evt_0197f1b2c3d47000a1b2c3d4e5f60718',
  type: 'order.shipped',
  category: 'orders',
  priority: 'medium',
  severity: 'info',
  title: 'Order A-12345 shipped',
  body: 'Hello Ana 345, Saber, 1/7 scale is on its way.\n\nTrack it (https://shop.example.com/orders/1) Price 189.5 EUR.',
  actions: [],
  fields: [],
  data: { orderId: 'A-12345', figure: 'Saber, 1/7 scale', price: 189.5, currency: 'EUR', link: 'https://shop.example.com/orders/1' },
  user: { id: 'user_345' },
  createdAt: '2026-01-05T12:00:00.000Z',
})

/** The upper limit of deliveries: the same number of requests of the same size with only an undici Pool. Requests per second. */
export async function bareLoop(receiver: Receiver, count: number): Promise<number> {
  const headers = {
    'content-type': 'application/json',
    'webhook-id': 'dlv_0197f1b2c3d47000a1b2c3d4e5f60718',
    'webhook-timestamp': '1767614400',
    'webhook-signature': new Webhook(SECRET).sign('dlv_0197f1b2c3d47000a1b2c3d4e5f60718', new Date(1_767_614_400_000), body),
  }
  const each = () => ({ path: '/hook/345', headers, body })
  await postAll(receiver.url, Math.min(count, 5000), CONNECTIONS, each)
  const { perSecond } = await postAll(receiver.url, count, CONNECTIONS, each)
  return perSecond
}
