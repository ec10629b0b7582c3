import { describe, expect, it } from 'vitest'
import type { JsonObject } from '../domain/json.ts'
import type { Http } from './kit/contract.ts'
import { postmark } from './postmark.ts'
import { sendgrid } from './sendgrid.ts'
import { ses } from './ses/ses.ts'
import { exampleMessage, NOW } from './testing/message.ts'

const nobody = () => Promise.reject(new Error('nobody was to be asked'))
const http: Http = { request: nobody, dial: nobody, mayHandOver: nobody }

describe.each([
  [sendgrid, { apiKey: 'key' }],
  [postmark, { serverToken: 'token' }],
  [ses, { region: 'eu-west-1', accessKeyId: 'A'.repeat(20), secretAccessKey: 'secret' }],
])('an address beyond ASCII', (provider, settings: JsonObject) => {
  const send = (from: string, address: string) =>
    provider.send({
      settings: { ...settings, from },
      destination: { address },
      message: exampleMessage(),
      delivery: { id: 'dlv_1', attempt: 1, createdAt: NOW },
      http,
      clock: () => NOW,
    })

  it(`is refused by ${provider.name} with the reason, before anybody is asked`, async () => {
    await expect(send('hub@example.com', 'jürgen@example.com')).rejects.toMatchObject({
      failure: 'rejected',
      code: 'smtputf8',
      message: expect.stringContaining('SMTPUTF8'),
    })
    await expect(send('glöckner@example.com', 'ana@example.com')).rejects.toMatchObject({ failure: 'misconfigured', field: '/settings/from' })
  })
})
