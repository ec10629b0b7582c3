import { expect, it } from 'vitest'
import { readConfig } from '../../config.ts'
import { newKey } from '../../security/secrets.ts'
import { threadConfig } from './messages.ts'

it('a thread gets no key of the hub, and not the address of its database', () => {
  const secretKey = newKey('main')
  const keys = { CARILLON_SECRET_KEY: secretKey, CARILLON_ROOT_KEY: 'root-key-of-a-hub', CARILLON_DATABASE_URL: 'postgres://hub:pass-of-hub@127.0.0.1/bells' }
  const given = JSON.stringify(threadConfig(readConfig({ ...keys, CARILLON_OUTBOUND_ALLOW: '10.0.0.1' })))
  expect(given).toContain('10.0.0.1')
  for (const secret of [secretKey, secretKey.split(':')[1]!, keys.CARILLON_ROOT_KEY, 'pass-of-hub']) expect(given).not.toContain(secret)
})
