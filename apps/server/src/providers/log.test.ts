import { expect, it } from 'vitest'
import type { Http } from './kit/contract.ts'
import { log } from './log.ts'
import { exampleMessage, NOW } from './testing/message.ts'

const http: Http = {
  request: () => Promise.reject(new Error('the log asks nobody')),
  dial: () => Promise.reject(new Error('the log asks nobody')),
  mayHandOver: () => Promise.reject(new Error('the log asks nobody')),
}
const job = { settings: {}, destination: {}, message: exampleMessage(), delivery: { id: 'dlv_1', attempt: 1, createdAt: NOW }, http, clock: () => NOW }

it('writes the message as it was rendered, once', async () => {
  const lines: object[] = []
  await expect(log.send({ ...job, logLine: (line) => lines.push(line) })).resolves.toEqual({})
  expect(lines).toEqual([
    {
      delivery: 'dlv_1',
      event: 'evt_1',
      type: 'build.failed',
      user: 'ana',
      severity: 'error',
      priority: 'high',
      title: 'Build 7 failed',
      text: 'main is **red**',
      url: 'https://ci.example/7',
    },
  ])
})

it('says so where there is no log', async () => {
  await expect(log.send(job)).rejects.toMatchObject({ failure: 'misconfigured', code: 'no_log' })
})

it('is the same place for everybody', () => expect(log.sameAddress({})).toBe(log.sameAddress({})))
