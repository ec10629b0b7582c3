import { describe, expect, it } from 'vitest'
import { join } from './join.ts'
import { describeProvider } from './testing/describe-provider.ts'
import { endless } from './testing/message.ts'
import { pasted, playVendor } from './testing/vendor.ts'

const given = (url: string) => ({ settings: { apiUrl: url }, destination: { apiKey: 's3cretkey' } })
const queryOf = (path: string) => Object.fromEntries(new URL(path, 'http://x').searchParams)

describeProvider(join, {
  given,
  sends: {
    path:
      '/_ah/api/messaging/v1/sendPush?apikey=s3cretkey&deviceId=group.all&title=Build+7+failed&text=main+is+**red**' +
      '&url=https%3A%2F%2Fci.example%2F7&priority=1',
    form: [],
  },
  accepted: { reply: { body: { success: true } }, receipt: {} },
  exact: true,
  failures: { 404: 'misconfigured', 410: 'misconfigured' },
  denied: 'misconfigured',
  limits(request) {
    const { title = '', text = '' } = queryOf(request.path)
    return [
      { text: request.path, limit: 8000, unit: 'bytes' },
      { text: title, limit: 250, unit: 'chars' },
      { text, limit: 1000, unit: 'chars' },
    ]
  },
})

describe('join', () => {
  const vendor = playVendor(join, given)

  it('names devices, or one', async () => {
    await vendor.send({}, { destination: { deviceNames: 'Phone,Tablet' } })
    await vendor.send({}, { destination: { deviceId: 'group.phone' } })
    expect(vendor.requests().map(({ path }) => queryOf(path))).toMatchObject([{ deviceNames: 'Phone,Tablet' }, { deviceId: 'group.phone' }])
  })

  it('always has a title, since a text without one is a command', async () => {
    await vendor.send({ title: '', body: 'lock=:=now' })
    expect(queryOf(vendor.requests()[0]!.path)).toMatchObject({ title: '…', text: 'lock=:=now' })
  })

  it('keeps what fits into an address', async () => {
    await vendor.send({ title: endless('👩'), body: endless('👩'), url: `https://x.test/${'a'.repeat(6000)}` })
    expect(vendor.requests()[0]!.path.length).toBeLessThanOrEqual(8000)
  })

  it.each([
    [{ userAuthError: true, errorMessage: 'User not authenticated' }, 'unreachable'],
    [{ errorMessage: 'No devices to send to' }, 'unreachable'],
    [{ errorMessage: 'No device to send message to' }, 'unreachable'],
    [{ errorMessage: 'Something odd' }, 'rejected'],
  ])('does not believe a 200 with %j', async (body, failure) => {
    vendor.answer({ body: { success: false, ...body } })
    await expect(vendor.send()).rejects.toMatchObject({ failure, message: expect.stringContaining(body.errorMessage) })
  })

  it('does not repeat a sentence that holds the key', async () => {
    vendor.answer({ body: { success: false, errorMessage: 'bad key s3cretkey' } })
    await expect(vendor.send()).rejects.not.toMatchObject({ message: expect.stringContaining('s3cretkey') })
  })

  it('lists the devices of a key, and knows a wrong one', async () => {
    vendor.answer({ body: { success: true, records: [{ deviceName: 'Pixel', deviceId: 'x' }, { deviceName: 'Laptop' }, null] } })
    expect(await vendor.list('devices')).toEqual([
      { value: 'Laptop', label: 'Laptop' },
      { value: 'Pixel', label: 'Pixel' },
    ])
    const { method, path } = vendor.requests()[0]!
    expect(`${method} ${path}`).toMatch(/^GET \/_ah\/api\/registration\/v1\/listDevices\?apikey=s3cret/)
    vendor.answer({ body: { success: false, userAuthError: true, errorMessage: 'User not authorized' } })
    await expect(vendor.list('devices')).rejects.toMatchObject({ failure: 'unreachable', message: expect.not.stringContaining('s3cret') })
  })

  it('wants names or an id', () => {
    expect(join.check({ destination: { apiKey: 'k', deviceNames: 'a', deviceId: 'group.pc' } })).toMatchObject([{ pointer: '/destination/deviceId' }])
  })

  it('reads the URL of Apprise', () => {
    const id = '0123456789abcdef0123456789abcdef'
    expect(pasted(join, 'join://key')).toEqual({ destination: { apiKey: 'key' } })
    expect(pasted(join, 'join://key/android')).toEqual({ destination: { apiKey: 'key', deviceId: 'group.android' } })
    expect(pasted(join, `join://key/${id}`)).toEqual({ destination: { apiKey: 'key', deviceId: id } })
    expect(pasted(join, 'join://key/phoney/tablet')).toEqual({ destination: { apiKey: 'key', deviceNames: 'phoney,tablet' } })
  })
})
