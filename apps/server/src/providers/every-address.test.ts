import { describe, expect, it } from 'vitest'
import { createOutbound, type Lookup, parseAllowList } from '../security/outbound.ts'
import { resolvingTo } from '../security/testing/resolving.ts'
import type { Http } from './kit/contract.ts'
import { createHttp } from './kit/http.ts'
import { closedAfterEach } from './testing/closing.ts'
import { NOW } from './testing/message.ts'
import { refusal } from './testing/refusal.ts'
import { HOST, waysOut } from './testing/ways.ts'

const closing = closedAfterEach()

const ways = waysOut(closing)

function http(lookup: Lookup, list = '127.0.0.0/8,[::1]'): Http {
  const door = createHttp({ outbound: createOutbound({ allow: parseAllowList(list), lookup }), clock: () => NOW })
  closing.push(door.close)
  return door
}

describe.each(Object.entries(ways))('%s', (_name, { start, call }) => {
  const open = async () => {
    const server = await start()
    closing.push(server.close)
    return server
  }

  it.each([
    ['the first is IPv6 and the server is not', ['::1', '127.0.0.1']],
    ['the first of one family is closed', ['127.0.0.2', '127.0.0.1']],
    ['all but the last are closed', ['127.0.0.2', '::1', '127.0.0.3', '127.0.0.4', '127.0.0.1']],
  ])('tries every address of a name: %s', async (_case, addresses) => {
    const { port, heard } = await open()
    await call(http(resolvingTo(...addresses)), port)
    expect(heard()).toBe(1)
  })

  it('names the host in one error when every address is closed', async () => {
    const { port, heard } = await open()
    const error = await refusal(call(http(resolvingTo('127.0.0.2', '::1', '127.0.0.3')), port))
    expect(error).toMatchObject({ failure: 'temporary', scope: 'target', code: 'refused', maybeDelivered: false, unreached: true })
    expect(error.message).toMatch(new RegExp(`^(https?://)?${HOST}:${port} refused the connection$`))
    expect(heard()).toBe(0)
  })

  it('refuses a name as a whole when the guard refuses one of its addresses', async () => {
    const { port, heard } = await open()
    const error = await refusal(call(http(resolvingTo('127.0.0.1', '10.0.0.1')), port))
    expect(error).toMatchObject({ code: 'address_not_allowed', message: expect.stringContaining(`add "${HOST}:${port}" to CARILLON_OUTBOUND_ALLOW `) })
    expect(heard()).toBe(0)
  })

  it('says what is wrong with a name that has no address', async () => {
    const { port } = await open()
    const lost = Object.assign(new Error('no'), { code: 'ENOTFOUND' })
    const error = await refusal(
      call(
        http((_host, done) => done(lost, [])),
        port,
      ),
    )
    expect(error).toMatchObject({ failure: 'temporary', code: 'dns', message: expect.stringContaining(`${HOST}:${port} has a name that does not resolve`) })
  })
})

it.each(['SMTP with STARTTLS', 'SMTP over TLS', 'MQTT over TLS', 'HTTPS', 'HTTP/2'])(
  '%s checks the certificate against the name, whichever address answers',
  async (name) => {
    const { start, call } = ways[name]!
    const server = await start()
    closing.push(server.close)
    await call(http(resolvingTo('127.0.0.2', '127.0.0.1')), server.port)
    const error = await refusal(call(http(resolvingTo('127.0.0.2', '127.0.0.1')), server.port, 'else.test'))
    expect(error).toMatchObject({ failure: 'misconfigured', code: 'tls', unreached: true })
    expect(server.heard()).toBe(1)
  },
)
