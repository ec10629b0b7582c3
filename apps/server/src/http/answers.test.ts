import type { TypeBoxTypeProvider } from '@fastify/type-provider-typebox'
import Fastify from 'fastify'
import { expect, it } from 'vitest'
import { createAnswers } from './answers.ts'
import type { App } from './app.ts'

const app: App = Fastify({ exposeHeadRoutes: false }).withTypeProvider<TypeBoxTypeProvider>()
const answers = createAnswers(app)
const handler = async () => null
for (const url of [
  '/',
  '/docs',
  '/health/live',
  '/v1/events',
  '/v1/events/:id',
  '/v1/events/:id/trace',
  '/v1/notifications',
  '/v1/users/:id/tokens',
  '/v1/me/destinations/:channel',
])
  app.get(url, handler)
app.post('/v1/events', handler)

it.each([
  ['/v1/events/', '/v1/events'],
  ['//v1//events', '/v1/events'],
  ['/events', '/v1/events'],
  ['/events/?limit=5', '/v1/events'],
  ['/v1/event', '/v1/events'],
  ['/v1/Events', '/v1/events'],
  ['/v1/notification', '/v1/notifications'],
  ['/v1/evnets/evt_1/trace', '/v1/events/evt_1/trace'],
  ['/v1/events/evt_1/traces', '/v1/events/evt_1/trace'],
  ['/v1/users/ada/token', '/v1/users/ada/tokens'],
  ['/v1/me/destination/email', '/v1/me/destinations/email'],
  ['/doc', '/docs'],
  ['/health/alive', '/health/live'],
])('the route that was meant by %s is %s', (url, meant) => {
  expect(answers.noRoute(url)).toMatchObject({ code: 'not_found', message: `No route has this path (did you mean ${meant}?); /docs lists them all.` })
})

it.each(['/admin', '/v1', '/v2/things/that/are/not/here', '/wp-login.php', `/${'x'.repeat(100_000)}`])('no route is near %.30s', (url) => {
  expect(answers.noRoute(url).message).toBe('No route has this path; /docs lists them all.')
})

it('lists the methods of a path', () => {
  expect(answers.methodsOf('/v1/events?limit=1')).toEqual(['GET', 'POST'])
  expect(answers.methodsOf('/v1/event')).toEqual([])
})
