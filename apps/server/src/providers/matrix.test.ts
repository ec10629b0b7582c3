import { describe, expect, it } from 'vitest'
import { matrix } from './matrix.ts'
import { describeProvider } from './testing/describe-provider.ts'
import { pasted, playVendor } from './testing/vendor.ts'

const given = (url: string) => ({ settings: { homeserver: url, accessToken: 's3cret-token' }, destination: { roomId: '!abcx:example.com' } })
const SEND = '/_matrix/client/v3/rooms/!abcx%3Aexample.com/send/m.room.message/dlv_1'
const EVENT = { body: { event_id: '$event' } }

describeProvider(matrix, {
  given,
  sends: {
    method: 'PUT',
    path: SEND,
    headers: { authorization: 'Bearer s3cret-token' },
    json: {
      msgtype: 'm.text',
      body: 'Build 7 failed\n\nmain is red\n\nhttps://ci.example/7',
      format: 'org.matrix.custom.html',
      formatted_body: '<p><strong><a href="https://ci.example/7">Build 7 failed</a></strong></p>main is **red**',
      'm.mentions': {},
    },
  },
  plain: /^\/body$/,
  accepted: { reply: EVENT, receipt: { externalId: '$event' } },
  // Without Matrix's own word a 404 is the server's address being wrong.
  failures: { 404: 'misconfigured' },
  denied: 'misconfigured',
  limits: (request) => [{ text: request.body, limit: 65_536, unit: 'bytes' }],
})

describe('matrix', () => {
  const vendor = playVendor(matrix, given)
  const paths = () => vendor.requests().map(({ method, path }) => `${method} ${path}`)

  it('escapes the title and what stands in for a body that is too long', async () => {
    await vendor.send({ title: '<b>', url: 'https://x.test/?a&b', body: 'x'.repeat(30_000), text: 'a < b\nc' })
    expect(vendor.requests()[0]?.json()).toMatchObject({
      formatted_body: '<p><strong><a href="https://x.test/?a&amp;b">&lt;b&gt;</a></strong></p>a &lt; b<br>c',
    })
  })

  it('asks for the room behind an address', async () => {
    vendor.answers({ body: { room_id: '!real:example.com' } }, EVENT)
    expect(await vendor.send({}, { destination: { roomId: '#ops:example.com' } })).toEqual({ externalId: '$event' })
    expect(paths()).toEqual([
      'GET /_matrix/client/v3/directory/room/%23ops%3Aexample.com',
      'PUT /_matrix/client/v3/rooms/!real%3Aexample.com/send/m.room.message/dlv_1',
    ])
    vendor.answer({ status: 404, body: { errcode: 'M_NOT_FOUND' } })
    await expect(vendor.send({}, { destination: { roomId: '#gone:example.com' } })).rejects.toMatchObject({
      failure: 'unreachable',
      code: 'matrix_M_NOT_FOUND',
    })
  })

  it('enters a room it was invited to, and sends once more under the same name', async () => {
    vendor.answers({ status: 403, body: { errcode: 'M_FORBIDDEN' } }, { body: { room_id: '!abcx:example.com' } }, EVENT)
    expect(await vendor.send()).toEqual({ externalId: '$event' })
    expect(paths()).toEqual([`PUT ${SEND}`, 'POST /_matrix/client/v3/join/!abcx%3Aexample.com', `PUT ${SEND}`])
  })

  it('gives a room up that it may not enter', async () => {
    vendor.answer({ status: 403, body: { errcode: 'M_FORBIDDEN', error: 'no' } })
    await expect(vendor.send()).rejects.toMatchObject({ failure: 'unreachable', code: 'matrix_M_FORBIDDEN' })
    expect(vendor.requests()).toHaveLength(2)
  })

  it.each([
    [401, { errcode: 'M_UNKNOWN_TOKEN', soft_logout: true }, { failure: 'misconfigured', code: 'matrix_M_UNKNOWN_TOKEN' }],
    [404, { errcode: 'M_NOT_FOUND', error: 'Room not found' }, { failure: 'unreachable', message: expect.stringMatching(/answered 404: Room not found$/) }],
    [404, { errcode: 'M_UNRECOGNIZED' }, { failure: 'misconfigured' }],
    [413, { errcode: 'M_TOO_LARGE' }, { failure: 'rejected' }],
    [400, { errcode: 'M_BAD_JSON' }, { failure: 'rejected' }],
    [429, { errcode: 'M_LIMIT_EXCEEDED', retry_after_ms: 2500 }, { failure: 'temporary', retryAfterMs: 2500 }],
  ])('reads %i %j', async (status, body, expected) => {
    vendor.answer({ status, body })
    await expect(vendor.send()).rejects.toMatchObject(expected)
  })

  it.each(['M_UNKNOWN_TOKEN', 'M_MISSING_TOKEN', 'M_USER_DEACTIVATED', 'M_USER_LOCKED', 'M_USER_SUSPENDED', 'M_GUEST_ACCESS_FORBIDDEN', 'M_CONSENT_NOT_GIVEN'])(
    'blames the account of the bot for %s, whatever the status',
    async (errcode) => {
      for (const status of [400, 403, 404]) {
        vendor.answer({ status, body: { errcode } })
        await expect(vendor.send()).rejects.toMatchObject({ failure: 'misconfigured', scope: 'target', about: 'account', field: '/settings/accessToken' })
      }
    },
  )

  it('waits as long as the header says, before the body', async () => {
    vendor.answer({ status: 429, headers: { 'retry-after': '7' }, body: { errcode: 'M_LIMIT_EXCEEDED', retry_after_ms: 2500 } })
    await expect(vendor.send()).rejects.toMatchObject({ retryAfterMs: 7_000 })
  })

  it('sends no second time when it may not enter the room', async () => {
    vendor.answers({ status: 403, body: { errcode: 'M_FORBIDDEN' } }, { status: 403, body: { errcode: 'M_FORBIDDEN' } }, { body: { event_id: '$late' } })
    await expect(vendor.send()).rejects.toMatchObject({ failure: 'unreachable' })
    expect(paths()).toHaveLength(2)
  })

  it('tests the token without a message', async () => {
    await vendor.verify()
    expect(paths()).toEqual(['GET /_matrix/client/v3/account/whoami'])
    vendor.answer({ status: 401, body: { errcode: 'M_UNKNOWN_TOKEN' } })
    await expect(vendor.verify()).rejects.toMatchObject({ failure: 'misconfigured' })
  })

  it.each(['room', '#room', '!a/b', '! a:x'])('sends nothing to the room %j', async (roomId) => {
    await expect(vendor.send({}, { destination: { roomId } })).rejects.toMatchObject({ failure: 'unreachable', code: 'destination' })
    expect(vendor.requests()).toEqual([])
  })

  it('reads the URL of Apprise', () => {
    expect(pasted(matrix, 'matrixs://tok%2Fen@m.example/!room:m.example?msgtype=notice')).toEqual({
      settings: { homeserver: 'https://m.example', accessToken: 'tok/en', messageType: 'm.notice' },
      destination: { roomId: '!room:m.example' },
    })
    expect(pasted(matrix, 'matrix://token@m.example:8008/#ops')).toEqual({
      settings: { homeserver: 'http://m.example:8008', accessToken: 'token' },
      destination: { roomId: '#ops:m.example' },
    })
    expect(pasted(matrix, 'matrix://user:pass@m.example/#ops')).toMatch(/access tokens/)
    expect(pasted(matrix, 'matrix://token@m.example/')).toMatch(/no room/)
    expect(pasted(matrix, 'matrix://token@m.example/a/b')).toMatch(/several rooms/)
  })
})
