import { describe, expect, it } from 'vitest'
import { HOUR, MINUTE } from '../domain/time.ts'
import { describeProvider } from './testing/describe-provider.ts'
import { pasted, playVendor } from './testing/vendor.ts'
import { twilio } from './twilio.ts'

const SID = `AC${'0'.repeat(32)}`
const KEY = `SK${'1'.repeat(32)}`
const given = (url: string) => ({
  settings: { accountSid: SID, authToken: 's3cret-token', from: '+12025550100', apiUrl: url },
  destination: { phone: '+12025550123' },
})
const SERVICE = `MG${'2'.repeat(32)}`
const basic = (text: string) => `Basic ${Buffer.from(text).toString('base64')}`

describeProvider(twilio, {
  given,
  sends: {
    path: `/2010-04-01/Accounts/${SID}/Messages.json`,
    headers: { authorization: basic(`${SID}:s3cret-token`) },
    form: [
      ['To', '+12025550123'],
      ['From', '+12025550100'],
      ['Body', 'Build 7 failed\nmain is **red**\nhttps://ci.example/7'],
    ],
  },
  accepted: { reply: { status: 201, body: { sid: 'SM1', status: 'queued', error_code: null } }, receipt: { externalId: 'SM1' } },
  failures: { 404: 'misconfigured', 410: 'misconfigured' },
  denied: 'misconfigured',
  limits: (request) => [{ text: new URLSearchParams(request.body).get('Body') ?? '', limit: 1600, unit: 'chars' }],
})

describe('twilio', () => {
  const vendor = playVendor(twilio, given)

  it('is not fooled by a message that was made and failed at once', async () => {
    vendor.answer({ status: 201, body: { sid: 'SM1', status: 'failed', error_code: 30005, error_message: 'Unknown handset' } })
    await expect(vendor.send()).rejects.toMatchObject({ failure: 'unreachable', code: 'twilio_30005', message: expect.stringContaining('Unknown handset') })
  })

  it('sends through a service and with a key of its own', async () => {
    await vendor.send({}, { settings: { apiKeySid: KEY, from: SERVICE } })
    const [request] = vendor.requests()
    expect(request?.headers.authorization).toBe(basic(`${KEY}:s3cret-token`))
    expect(Object.fromEntries(new URLSearchParams(request?.body))).toMatchObject({ MessagingServiceSid: SERVICE })
    expect(request?.body).not.toContain('From')
  })

  it.each([
    [401, 20003, 'misconfigured', 'target'],
    [429, 20429, 'temporary', 'target'],
    [400, 21211, 'unreachable', 'message'],
    [400, 21408, 'misconfigured', 'message'],
    [400, 21606, 'misconfigured', 'target'],
    [400, 21610, 'unreachable', 'message'],
    [400, 21614, 'unreachable', 'message'],
    [400, 21617, 'rejected', 'message'],
    [400, 21212, 'misconfigured', 'target'],
    [400, 21603, 'misconfigured', 'target'],
    [400, 21611, 'temporary', 'target'],
    [400, 21612, 'rejected', 'message'],
    [400, 30002, 'misconfigured', 'target'],
    [400, 30005, 'unreachable', 'message'],
    [400, 30034, 'misconfigured', 'target'],
    [429, 63038, 'temporary', 'target'],
    [403, 90010, 'misconfigured', 'target'],
    [429, 14107, 'temporary', 'target'],
    [400, 21266, 'rejected', 'message'],
    [400, 21635, 'unreachable', 'message'],
    [400, 21703, 'misconfigured', 'target'],
    [429, 63018, 'temporary', 'target'],
    [400, 99999, 'rejected', 'message'],
  ])('reads %i with code %i', async (status, code, failure, scope) => {
    vendor.answer({ status, body: { code, message: 'no', status } })
    await expect(vendor.send()).rejects.toMatchObject({ failure, scope, code: `twilio_${code}` })
  })

  const limit = (retryAfterMs: number) => ({ failure: 'temporary', scope: 'target', about: 'limit', throttled: 'target', retryAfterMs })
  const sender = { failure: 'misconfigured', scope: 'target', about: 'sender', field: '/settings/from' }
  const account = { failure: 'misconfigured', scope: 'target', about: 'account' }
  const number = { failure: 'unreachable', scope: 'message', about: 'recipient' }
  it.each([
    [20005, account],
    [21211, number],
    [21212, sender],
    // One country, or a trial: mail to other numbers goes through.
    [21408, { ...account, scope: 'message' }],
    [21608, { ...account, scope: 'message' }],
    [21611, limit(MINUTE)],
    [21612, { failure: 'rejected', about: 'recipient' }],
    [21617, { failure: 'rejected', about: 'message' }],
    [21659, sender],
    [21660, sender],
    [21705, sender],
    [30001, limit(MINUTE)],
    [30003, { failure: 'temporary', scope: 'message', about: 'recipient' }],
    [30004, { failure: 'rejected', about: 'recipient' }],
    [30006, number],
    [63038, limit(4 * HOUR)],
  ])('knows what code %i is about', async (code, expected) => {
    vendor.answer({ status: 400, body: { code, message: 'no', status: 400 } })
    await expect(vendor.send()).rejects.toMatchObject(expected)
  })

  it('knows by the code that it sends too fast, whatever the status', async () => {
    vendor.answer({ status: 400, body: { code: 20429, message: 'Too many requests' } })
    await expect(vendor.send()).rejects.toMatchObject({ failure: 'temporary', throttled: 'target', message: expect.stringContaining('Too many requests') })
  })

  it('tests the settings without paying for a message', async () => {
    await vendor.verify()
    expect(vendor.requests()).toMatchObject([{ method: 'GET', path: `/2010-04-01/Accounts/${SID}/Messages.json?PageSize=1` }])
  })

  it.each(['12025550123', '+0', 'phone', '+1 202'])('sends nothing to %j', async (phone) => {
    await expect(vendor.send({}, { destination: { phone } })).rejects.toMatchObject({ failure: 'unreachable', code: 'destination' })
    expect(vendor.requests()).toEqual([])
  })

  it('reads the URL of Apprise', () => {
    expect(pasted(twilio, `twilio://${SID}:tok@12025550100/12025550123?apikey=${KEY}`)).toEqual({
      settings: { accountSid: SID, authToken: 'tok', apiKeySid: KEY, from: '+12025550100' },
      destination: { phone: '+12025550123' },
    })
    expect(pasted(twilio, `twilio://${SID}:tok@12025550100/w:12025550123`)).toMatch(/no recipient number/)
    expect(pasted(twilio, `twilio://${SID}:tok@12025550100/12025550123?method=call`)).toMatch(/Calls/)
    expect(pasted(twilio, `twilio://${SID}@12025550100`)).toMatch(/sid:token/)
  })
})
