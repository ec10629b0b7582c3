import { createHmac, randomBytes } from 'node:crypto'
import { expect, it } from 'vitest'
import { HOUR } from '../domain/time.ts'
import { createUserTokens } from './user-tokens.ts'

const start = Date.UTC(2026, 0, 5)
const seed = randomBytes(32)
const ann = { id: 'ann', epoch: 'e1' }

it('names the user until it ends', async () => {
  const clock = { now: start }
  const tokens = createUserTokens([seed], () => clock.now)
  const { token, expiresAt } = await tokens.issue(ann, HOUR)
  expect(expiresAt).toBe(start + HOUR)
  expect(await tokens.verify(token)).toEqual({ userId: 'ann', epoch: 'e1', expiresAt })
  clock.now = expiresAt
  expect(await tokens.verify(token)).toBeNull()
})

it('works on every node with the same secret, and on no other', async () => {
  const { token } = await createUserTokens([seed], () => start).issue(ann, HOUR)
  expect(await createUserTokens([Buffer.from(seed)], () => start).verify(token)).not.toBeNull()
  expect(await createUserTokens([randomBytes(32)], () => start).verify(token)).toBeNull()
})

it('refuses tokens of another making', async () => {
  const tokens = createUserTokens([seed], () => start)
  const { token } = await tokens.issue(ann, HOUR)
  const [head, body, signature] = token.split('.') as [string, string, string]
  const claims: Record<string, unknown> = JSON.parse(Buffer.from(body, 'base64url').toString())
  const encode = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url')
  const asBob = encode({ ...claims, sub: 'bob' })
  const later = encode({ ...claims, epoch: 'e2' })
  const hmac = `${encode({ alg: 'HS256' })}.${asBob}`
  const forged = [
    `${head}.${asBob}.${signature}`,
    `${head}.${later}.${signature}`,
    `${encode({ alg: 'none' })}.${asBob}.`,
    `${hmac}.${createHmac('sha256', seed).update(hmac).digest('base64url')}`,
    'not.a.token',
    '',
  ]
  for (const one of forged) expect(await tokens.verify(one)).toBeNull()
})

it('a token that was issued before a change of the key is good until it expires, as long as the old key is given', async () => {
  const [old, next] = [randomBytes(32), randomBytes(32)]
  const { token } = await createUserTokens([old], () => start).issue(ann, HOUR)
  expect(await createUserTokens([next, old], () => start).verify(token)).toMatchObject({ userId: 'ann' })
  expect(await createUserTokens([next, old], () => start + HOUR).verify(token)).toBeNull()
  expect(await createUserTokens([next], () => start).verify(token)).toBeNull()
  const { token: fresh } = await createUserTokens([next, old], () => start).issue(ann, HOUR)
  expect(await createUserTokens([next], () => start).verify(fresh)).toMatchObject({ userId: 'ann' })
})
