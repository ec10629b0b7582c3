import { describe, expect, it } from 'vitest'
import { describeProvider } from './testing/describe-provider.ts'
import { pasted, playVendor } from './testing/vendor.ts'
import { vonage } from './vonage.ts'

const given = (url: string) => ({
  settings: { apiKey: 'key1', apiSecret: 's3cret-vonage', from: 'Carillon', apiUrl: url },
  destination: { phone: '+12025550123' },
})
const answer = (...messages: object[]) => ({ body: { 'message-count': String(messages.length), messages } })

describeProvider(vonage, {
  given,
  sends: {
    path: '/sms/json',
    form: [
      ['api_key', 'key1'],
      ['api_secret', 's3cret-vonage'],
      ['from', 'Carillon'],
      ['to', '12025550123'],
      ['text', 'Build 7 failed\nmain is **red**\nhttps://ci.example/7'],
      ['type', 'text'],
    ],
  },
  accepted: { reply: answer({ status: '0', 'message-id': 'm1' }), receipt: { externalId: 'm1' } },
  exact: true,
  failures: { 404: 'misconfigured', 410: 'misconfigured' },
  denied: 'misconfigured',
  limits: (request) => [{ text: new URLSearchParams(request.body).get('text') ?? '', limit: 1600, unit: 'chars' }],
})

describe('vonage', () => {
  const vendor = playVendor(vonage, given)

  it('asks for Unicode only where a text needs it', async () => {
    await vendor.send({ title: 'Сборка' })
    expect(new URLSearchParams(vendor.requests()[0]?.body).get('type')).toBe('unicode')
  })

  it.each([
    ['1', 'temporary'],
    ['3', 'rejected'],
    ['4', 'misconfigured'],
    ['6', 'rejected'],
    ['9', 'misconfigured'],
    ['7', 'unreachable'],
    ['8', 'misconfigured'],
    ['10', 'temporary'],
    ['12', 'rejected'],
    ['15', 'misconfigured'],
    ['29', 'misconfigured'],
    ['33', 'unreachable'],
    ['99', 'rejected'],
  ])('does not believe a 200 with status %s', async (status, failure) => {
    vendor.answer(answer({ status, 'error-text': 'No good' }))
    await expect(vendor.send()).rejects.toMatchObject({ failure, code: `vonage_${status}`, message: expect.stringContaining('No good') })
  })

  it.each([
    ['5', { failure: 'temporary', scope: 'target' }],
    ['6', { failure: 'rejected', about: 'recipient' }],
    ['7', { failure: 'unreachable', about: 'recipient' }],
    ['10', { failure: 'temporary', about: 'limit', throttled: 'target', retryAfterMs: 1_000 }],
    ['11', { failure: 'misconfigured', scope: 'target', about: 'account' }],
    ['12', { failure: 'rejected', about: 'message' }],
    ['14', { failure: 'misconfigured', scope: 'target', about: 'account' }],
    ['15', { failure: 'misconfigured', scope: 'target', about: 'sender', field: '/settings/from' }],
    // A trial reaches verified numbers, so the connection works.
    ['29', { failure: 'misconfigured', scope: 'message', about: 'account' }],
  ])('knows what status %s is about', async (status, expected) => {
    vendor.answer(answer({ status, 'error-text': 'No good' }))
    await expect(vendor.send()).rejects.toMatchObject(expected)
  })

  it('rests a second when Vonage has had enough for now, which is no illness', async () => {
    vendor.answer(answer({ status: '1', 'error-text': 'Throttled' }))
    await expect(vendor.send()).rejects.toMatchObject({ throttled: 'target', retryAfterMs: 1_000 })
  })

  it('does not send a second time what arrived in part', async () => {
    vendor.answer(answer({ status: '0', 'message-id': 'm1' }, { status: '1' }))
    expect(await vendor.send()).toEqual({ externalId: 'm1', note: '1 of 2 parts were refused' })
  })

  it('tests the settings without paying for a message', async () => {
    await vendor.verify()
    expect(vendor.requests()).toMatchObject([{ method: 'GET', path: '/account/get-balance?api_key=key1&api_secret=s3cret-vonage' }])
    vendor.answer(401)
    await expect(vendor.verify()).rejects.toMatchObject({ failure: 'misconfigured', message: expect.not.stringContaining('s3cret') })
  })

  it('reads the URL of Apprise', () => {
    expect(pasted(vonage, 'nexmo://k:s@Carillon/12025550123')).toEqual({
      settings: { apiKey: 'k', apiSecret: 's', from: 'Carillon' },
      destination: { phone: '+12025550123' },
    })
    expect(pasted(vonage, 'vonage://k:s@Carillon')).toMatch(/no recipient number/)
    expect(pasted(vonage, 'vonage://k@Carillon/1')).toMatch(/key:secret/)
  })
})
