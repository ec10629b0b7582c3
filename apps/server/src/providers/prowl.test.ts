import { describe, expect, it } from 'vitest'
import { prowl } from './prowl.ts'
import { describeProvider } from './testing/describe-provider.ts'
import { exampleMessage, NOW } from './testing/message.ts'
import { pasted, playVendor } from './testing/vendor.ts'

// Keys are hexadecimal, so this one cannot begin like the other secrets of tests.
const KEY = 'facade'.padEnd(40, '0')
const given = (url: string) => ({ settings: { apiUrl: url }, destination: { apiKey: KEY } })
const xml = (inner: string) => `<?xml version="1.0" encoding="UTF-8"?>\n<prowl>\n${inner}\n</prowl>`

describeProvider(prowl, {
  given,
  sends: {
    path: '/publicapi/add',
    form: [
      ['apikey', KEY],
      ['priority', '1'],
      ['url', 'https://ci.example/7'],
      ['application', 'Carillon'],
      ['event', 'Build 7 failed'],
      ['description', 'main is **red**'],
    ],
  },
  accepted: { reply: { body: xml('<success code="200" remaining="999" resetdate="1800000000" />') }, receipt: {} },
  exact: true,
  failures: { 401: 'unreachable', 404: 'misconfigured', 405: 'misconfigured', 406: 'temporary', 409: 'unreachable', 410: 'misconfigured' },
  denied: 'misconfigured',
  limits(request) {
    const { event = '', description = '' } = Object.fromEntries(new URLSearchParams(request.body))
    return [
      { text: event, limit: 1024, unit: 'bytes' },
      { text: description, limit: 10_000, unit: 'bytes' },
    ]
  },
})

describe('prowl', () => {
  const vendor = playVendor(prowl, given)

  it('shows the name and the key of its provider', async () => {
    await vendor.send({}, { settings: { application: 'Home', providerKey: KEY } })
    expect(Object.fromEntries(new URLSearchParams(vendor.requests()[0]!.body))).toMatchObject({ providerkey: KEY, application: 'Home' })
  })

  it.each([
    [401, 'Invalid API key', 'unreachable'],
    [400, 'Bad request', 'rejected'],
    [409, 'Not approved', 'unreachable'],
    [500, 'Internal server error', 'temporary'],
  ])('reads %i in the answer, also below a 200', async (code, sentence, failure) => {
    vendor.answer({ status: code, body: xml(`<error code="${code}">${sentence}</error>`) })
    await expect(vendor.send()).rejects.toMatchObject({ failure, code: `prowl_${code}`, message: expect.stringContaining(sentence) })
    vendor.answer({ body: xml(`<error code="${code}">${sentence}</error>`) })
    await expect(vendor.send()).rejects.toMatchObject({ failure, code: `prowl_${code}` })
  })

  it('waits an hour when the calls are used up, or as long as the last success said', async () => {
    vendor.answer(406)
    await expect(vendor.send()).rejects.toMatchObject({ failure: 'temporary', throttled: 'connection', retryAfterMs: 3_600_000 })
  })

  it('remembers when the hour ends', async () => {
    const job = {
      ...given(vendor.url()),
      message: exampleMessage(),
      delivery: { id: 'dlv_1', attempt: 1, createdAt: NOW },
      http: vendor.http,
      clock: () => NOW,
    }
    const send = () => prowl.send(job)
    vendor.answer({ body: xml(`<success code="200" remaining="0" resetdate="${NOW / 1000 + 600}"/>`) })
    await send()
    vendor.answer(406)
    await expect(send()).rejects.toMatchObject({ retryAfterMs: 600_000 })
    // That hour is over: the calls of another one are used up.
    await expect(prowl.send({ ...job, clock: () => NOW + 700_000 })).rejects.toMatchObject({ retryAfterMs: 3_600_000 })
  })

  it('finds keys that cannot be right', () => {
    const found = prowl.check({ settings: { providerKey: 'x' }, destination: { apiKey: 'y' } })
    expect(found.map(({ pointer }) => pointer)).toEqual(['/settings/providerKey', '/destination/apiKey'])
  })

  it('reads the URL of Apprise', () => {
    expect(pasted(prowl, `prowl://${KEY}`)).toEqual({ destination: { apiKey: KEY } })
    expect(pasted(prowl, `prowl://${KEY}/${KEY}`)).toEqual({ settings: { providerKey: KEY }, destination: { apiKey: KEY } })
    expect(pasted(prowl, 'prowl://short')).toMatch(/40 letters/)
  })
})
