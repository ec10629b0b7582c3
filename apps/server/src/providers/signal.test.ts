import { describe, expect, it } from 'vitest'
import { signal } from './signal.ts'
import { describeProvider } from './testing/describe-provider.ts'
import { pasted, playVendor } from './testing/vendor.ts'

const given = (url: string) => ({
  settings: { server: `${url}/signal/`, number: '+4915112345678', username: 'ana', password: 's3cret' },
  destination: { recipient: '+4915187654321' },
})

describeProvider(signal, {
  given,
  sends: {
    path: '/signal/v2/send',
    headers: { authorization: `Basic ${Buffer.from('ana:s3cret').toString('base64')}` },
    json: { message: 'Build 7 failed\nmain is **red**\nhttps://ci.example/7', text_mode: 'normal', number: '+4915112345678', recipients: ['+4915187654321'] },
  },
  accepted: { reply: { status: 201, body: { timestamp: '1795169000000' } }, receipt: { externalId: '1795169000000' } },
  failures: { 404: 'misconfigured' },
  denied: 'misconfigured',
  limits: (request) => [{ text: (request.json() as { message: string }).message, limit: 4300, unit: 'chars' }],
})

describe('signal', () => {
  const vendor = playVendor(signal, given)

  it.each([
    [{ error: 'Invalid group id' }, 'unreachable', '/destination/recipient'],
    [{ error: 'Unregistered user "+49"' }, 'unreachable'],
    [{ error: 'Invalid account (phone number)' }, 'misconfigured', '/settings/number'],
    [{ error: 'User +4915112345678 is not registered.' }, 'misconfigured', '/settings/number'],
    [{ error: 'User +4915187654321 is not registered.' }, 'unreachable', '/destination/recipient'],
    [{ error: 'User +4915112345678 is not registered, nothing was sent to +4915187654321' }, 'misconfigured', '/settings/number'],
    [{ error: 'Something new' }, 'rejected'],
  ])('reads 400 %j', async (body, failure, field?: string) => {
    vendor.answer({ status: 400, body })
    const message = `${vendor.url()} answered 400: ${typeof body === 'string' ? body : body.error}`
    await expect(vendor.send()).rejects.toMatchObject({ failure, status: 400, message, ...(field === undefined ? {} : { field }) })
  })

  it('says that the server expects TLS', async () => {
    vendor.answer({ status: 400, body: 'Bad Request: This plain HTTP request was sent to HTTPS port' })
    await expect(vendor.send()).rejects.toMatchObject({
      failure: 'misconfigured',
      code: 'tls',
      message: expect.stringContaining('begin the address with https://'),
    })
  })

  it('rests when Signal has had enough for now, which is no illness', async () => {
    vendor.answer({ status: 400, body: { error: 'Rate limit exceeded: 413' } })
    await expect(vendor.send()).rejects.toMatchObject({ failure: 'temporary', throttled: 'target' })
  })

  it.each(['4915187654321', 'group.', 'u:', '+49 151'])('sends nothing to %j', async (recipient) => {
    await expect(vendor.send({}, { destination: { recipient } })).rejects.toMatchObject({ failure: 'unreachable', code: 'destination' })
    expect(vendor.requests()).toEqual([])
  })

  it('wants a name with a password', () => {
    const { settings } = given('https://signal.example')
    const { username: _, ...nameless } = settings
    expect(signal.check({ settings: nameless })).toMatchObject([{ pointer: '/settings/username' }])
  })

  it('reads the URL of Apprise', () => {
    expect(pasted(signal, 'signals://ana:pw@signal.example:8443/4915112345678/@Z3JvdXA=')).toEqual({
      settings: { server: 'https://signal.example:8443', number: '+4915112345678', username: 'ana', password: 'pw' },
      destination: { recipient: 'group.Z3JvdXA=' },
    })
    expect(pasted(signal, 'signal://h/+4915112345678/+4915187654321')).toEqual({
      settings: { server: 'http://h', number: '+4915112345678' },
      destination: { recipient: '+4915187654321' },
    })
    expect(pasted(signal, 'signal://h/+49151')).toMatch(/sender\/recipient/)
    expect(pasted(signal, 'signal://h/1/2/3')).toMatch(/several recipients/)
  })
})
