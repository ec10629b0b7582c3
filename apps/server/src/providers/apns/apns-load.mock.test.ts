import { expect, it, onTestFinished, vi } from 'vitest'
import { createOutbound, parseAllowList } from '../../security/outbound.ts'
import { createHttp } from '../kit/http.ts'
import { startApns } from '../testing/apns.ts'
import { NOW } from '../testing/message.ts'
import { openLine, post } from './apns-line.ts'

it('apns: a failed load of the library is ours, and the next message is signed at once', async () => {
  const apple = await startApns(() => NOW)
  const http = createHttp({ outbound: createOutbound({ allow: parseAllowList('127.0.0.1') }) })
  const line = openLine({ key: apple.key, keyId: 'KEY1234567', teamId: 'TEAM123456', ca: apple.ca })
  onTestFinished(async () => {
    line.client.close()
    await Promise.all([http.close(), apple.close()])
  })
  const send = () => post(line, http, apple.url, `/3/device/${'ab'.repeat(32)}`, { 'apns-topic': 'com.example.bells' }, '{"aps":{}}', NOW)
  vi.doMock('jose', () => {
    throw new Error('gone')
  })
  await expect(send()).rejects.toMatchObject({ failure: 'temporary', code: 'provider_bug', scope: 'message' })
  vi.doUnmock('jose')
  expect((await send()).status).toBe(200)
})
