import { describe, expect, it } from 'vitest'
import type { JsonObject } from '../domain/json.ts'
import { httpSms } from './http-sms.ts'
import { describeProvider } from './testing/describe-provider.ts'
import { endless } from './testing/message.ts'
import { playVendor } from './testing/vendor.ts'

const given = (url: string): { settings: JsonObject; destination: JsonObject } => ({
  settings: {
    url: `${url}/send/s3cret-path`,
    body: '{"key":"s3cret-body","messages":[{"to":["{to}"],"text":"{text}","flash":false}]}',
    headers: { 'X-Key': 's3cret-header' },
  },
  destination: { phone: '+12025550123' },
})
const WORDS = 'Build 7 failed\nmain is **red**\nhttps://ci.example/7'
interface Post {
  messages: { text: string }[]
}

describeProvider(httpSms, {
  given,
  sends: {
    path: '/send/s3cret-path',
    headers: { 'x-key': 's3cret-header' },
    json: { key: 's3cret-body', messages: [{ to: ['+12025550123'], text: WORDS, flash: false }] },
  },
  accepted: { receipt: {} },
  pages: true,
  failures: { 404: 'misconfigured', 410: 'misconfigured' },
  denied: 'misconfigured',
  limits: (request) => [{ text: (request.json() as Post).messages[0]?.text ?? '', limit: 1600, unit: 'chars' }],
})

describe('http-sms', () => {
  const vendor = playVendor(httpSms, given)
  const problems = (settings: JsonObject) =>
    httpSms.check({ settings: { url: 'https://gw.example/send', ...settings } }).map(({ pointer, message }) => `${pointer} ${message}`)

  it('lets no text end the value it stands in', async () => {
    const hostile = '","to":"+1 &to=%2B1 {id}'
    await vendor.send({ title: hostile })
    await vendor.send({ title: hostile }, { settings: { format: 'form', body: 'to={digits}&ref={id}&text={text}' } })
    const [json, form] = vendor.requests()
    expect((json!.json() as Post).messages[0]?.text).toContain(hostile)
    expect([...new URLSearchParams(form?.body)]).toEqual([
      ['to', '12025550123'],
      ['ref', 'dlv_1'],
      ['text', expect.stringContaining(hostile)],
    ])
  })

  it('fills an address, and cuts the text where it would be too long', async () => {
    const settings = { url: `${vendor.url()}/{digits}?id={id}&text={text}`, method: 'GET', username: 'me', password: 'pw' }
    await vendor.send({ title: 'a&b=c#d' }, { settings })
    await vendor.send({ title: endless('👩'), body: endless('👩') }, { settings })
    const [short, long] = vendor.requests()
    expect(short).toMatchObject({ method: 'GET', body: '', headers: { authorization: `Basic ${Buffer.from('me:pw').toString('base64')}` } })
    expect(short?.path).toMatch(/^\/12025550123\?id=dlv_1&text=a%26b%3Dc%23d%0A/)
    expect(long!.path.length).toBeLessThanOrEqual(8000)
  })

  it('cuts a text where the gateway wants it shorter', async () => {
    await vendor.send({ body: endless() }, { settings: { maxLength: 160 } })
    const text = (vendor.requests()[0]!.json() as Post).messages[0]?.text ?? ''
    expect(text.length).toBeLessThanOrEqual(160)
    expect(text.length).toBeGreaterThan(160 - '👩‍👩‍👧‍👦'.length)
  })

  it.each<[string | undefined, number, boolean]>([
    [undefined, 204, true],
    ['201', 201, true],
    ['201', 200, false],
    ['200-202', 202, true],
    ['200-202', 203, false],
  ])('with %s as the status of success takes %i for one: %j', async (successStatus, status, taken) => {
    vendor.answer(status)
    const sent = vendor.send({}, { settings: successStatus === undefined ? {} : { successStatus } })
    if (taken) await expect(sent).resolves.toEqual({})
    else await expect(sent).rejects.toMatchObject({ failure: 'rejected', code: 'gateway_refused', status })
  })

  it('looks where success is told', async () => {
    const settings = { successPath: 'results.0.ok', successValue: 'true', idPath: 'results.0.id' }
    vendor.answer({ body: { results: [{ ok: true, id: 7 }] } })
    expect(await vendor.send({}, { settings })).toEqual({ externalId: '7' })
    vendor.answer({ body: { results: [{ ok: false }] } })
    await expect(vendor.send({}, { settings })).rejects.toMatchObject({ failure: 'rejected', code: 'gateway_refused' })
    vendor.answer({ body: 'OK' })
    expect(await vendor.send({}, { settings })).toEqual({})
  })

  it.each<[JsonObject, string[]]>([
    [{}, []],
    [{ format: 'form' }, []],
    [{ body: '{"to":"{digits}","m":"{text}"}' }, []],
    [{ url: 'https://gw.example/{to}?t={text}', method: 'GET' }, []],
    [{ url: 'https://gw.example/{to}', method: 'GET' }, ['/settings/url must contain']],
    [{ url: 'https://{to}.example/?t={text}' }, ['/settings/url must have a fixed host']],
    [{ url: 'https://gw.example/{text}/x' }, ['/settings/url may contain {text}']],
    [{ body: '{to} {text}' }, ['/settings/body must be JSON']],
    [{ body: '{"to":"1"}' }, ['/settings/body must contain']],
    [{ headers: { Host: 'x' } }, ['/settings/headers/Host is set by']],
    [{ headers: { Authorization: 'Bearer x' }, username: 'me' }, ['/settings/username cannot be combined']],
    [{ successPath: 'ok' }, ['/settings/successValue path and value of success must be given together']],
  ])('checks %j', (settings, expected) => {
    const found = problems(settings)
    expect(found).toHaveLength(expected.length)
    for (const [i, start] of expected.entries()) expect(found[i]).toMatch(new RegExp(`^${start.replace(/[{}]/g, '\\$&')}`))
  })
})
