import Fastify from 'fastify'
import { expect, it } from 'vitest'
import type { Caller } from '../../domain/caller.ts'
import { idempotencyOf } from './idempotency.ts'

const user = (userId: string): Caller => ({ kind: 'user', userId, epoch: 'one' })
const key = (keyId: string, actsFor: string | null = null): Caller => ({ kind: 'key', keyId, name: keyId, scopes: [], actsFor })

it('an Idempotency-Key of one caller is never that of another', async () => {
  const app = Fastify()
  app.decorateRequest('caller')
  app.decorateRequest('credential')
  app.decorateRequest('rawBody', null)
  let caller = user('nobody')
  let epoch = 'one'
  app.post('/x', async (request) => {
    request.caller = caller
    request.credential = caller.kind === 'user' ? { kind: 'user', expiresAt: 0, epoch } : { kind: 'key', keyId: caller.keyId }
    return idempotencyOf(request)?.key
  })
  const callers = [
    user('a'),
    user('a:b'),
    user('a","b'),
    user('key'),
    key('a'),
    key('user'),
    key('a', 'b'),
    key('a:b'),
    key('a>b'),
    key('a', 'b:c'),
    key('a', ''),
  ]
  const keys = ['k', 'b:k', 'b","k', '["k"]', 'c:k', '>b:k', 'null', ',k']
  const seen = new Set<string>()
  for (caller of callers) for (const sent of keys) seen.add((await app.inject({ method: 'POST', url: '/x', headers: { 'idempotency-key': sent } })).body)
  // A user who was deleted and made again is somebody else.
  epoch = 'two'
  caller = user('a')
  seen.add((await app.inject({ method: 'POST', url: '/x', headers: { 'idempotency-key': 'k' } })).body)
  expect(seen.size).toBe(callers.length * keys.length + 1)
  await app.close()
})
