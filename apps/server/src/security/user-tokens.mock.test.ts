import { randomBytes } from 'node:crypto'
import { expect, it, vi } from 'vitest'
import { HOUR } from '../domain/time.ts'
import { createUserTokens } from './user-tokens.ts'

it('a failed load of the library is forgotten: the next token is issued', async () => {
  const start = Date.UTC(2026, 0, 5)
  const ann = { id: 'ann', epoch: 'e1' }
  const tokens = createUserTokens([randomBytes(32)], () => start)
  vi.doMock('jose', () => {
    throw new Error('gone')
  })
  await expect(tokens.issue(ann, HOUR)).rejects.toThrow()
  vi.doUnmock('jose')
  await expect(tokens.issue(ann, HOUR)).resolves.toMatchObject({ expiresAt: start + HOUR })
})
