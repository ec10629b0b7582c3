import { type AddressInfo, connect, createServer, type Server, Socket, type TcpNetConnectOpts } from 'node:net'
import { createServer as createSecureServer } from 'node:tls'
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest'
import { createCertificates } from '../providers/testing/certificates.ts'
import { openSocket, race, secureSocket } from './open-socket.ts'

let server: Server
let port = 0
beforeAll(async () => {
  server = createServer((socket) => socket.resume().on('error', () => {}))
  await new Promise<void>((ready) => server.listen(0, '127.0.0.1', ready))
  port = (server.address() as AddressInfo).port
})
afterAll(() => new Promise<void>((closed) => server.close(() => closed())))

/** Addresses of 10/8 say nothing for ever, those of 172.16/12 fail with the code that stands for them; every other is called. */
function network(codes: Record<string, string> = {}) {
  const asked: string[] = []
  const sockets: Socket[] = []
  const open = (options: TcpNetConnectOpts): Socket => {
    const address = String(options.host)
    asked.push(address)
    const code = codes[address]
    const socket = code === undefined && !address.startsWith('10.') ? connect(options) : new Socket()
    if (code !== undefined) process.nextTick(() => socket.destroy(Object.assign(new Error(address), { code })))
    sockets.push(socket)
    return socket
  }
  return { asked, sockets, open }
}
const never = new AbortController().signal
afterEach(() => void vi.useRealTimers())

describe('openSocket', () => {
  it('tries the next address beside one that says nothing, and closes that one when it has won', async () => {
    const { asked, sockets, open } = network()
    const socket = await openSocket(['10.0.0.1', '127.0.0.1'], port, never, open)
    expect(socket.remoteAddress).toBe('127.0.0.1')
    expect(asked).toEqual(['10.0.0.1', '127.0.0.1'])
    expect(sockets[0]!.destroyed).toBe(true)
    socket.destroy()
  })

  it('lets an address win that answers late', async () => {
    const { sockets, open } = network()
    const opening = openSocket(['10.0.0.1', '10.0.0.2'], port, never, open)
    await expect.poll(() => sockets.length).toBe(2)
    sockets[0]!.emit('connect')
    expect(await opening).toBe(sockets[0])
    expect(sockets[1]!.destroyed).toBe(true)
  })

  it('gives an address a quarter of a second before the next one is tried beside it', async () => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] })
    const { asked, open } = network()
    const stop = new AbortController()
    const opening = openSocket(['10.0.0.1', '10.0.0.2', '10.0.0.3'], port, stop.signal, open)
    vi.advanceTimersByTime(249)
    expect(asked).toHaveLength(1)
    vi.advanceTimersByTime(1)
    expect(asked).toHaveLength(2)
    vi.advanceTimersByTime(250)
    expect(asked).toHaveLength(3)
    stop.abort(new Error('too late'))
    await expect(opening).rejects.toThrow('too late')
    expect(vi.getTimerCount()).toBe(0)
  })

  it('closes a connection that comes after the race is over', async () => {
    const late = Promise.withResolvers<Socket>()
    const winner = new Socket()
    expect(await race(['10.0.0.1', '127.0.0.1'], async (address) => (address === '127.0.0.1' ? winner : late.promise), never, 0)).toBe(winner)
    const loser = new Socket()
    late.resolve(loser)
    await expect.poll(() => loser.destroyed).toBe(true)
    expect(winner.destroyed).toBe(false)
    winner.destroy()
  })

  it('takes the families in turn', async () => {
    const codes = Object.fromEntries(['172.16.0.1', '172.16.0.2', 'fd00::1', 'fd00::2', 'fd00::3'].map((address) => [address, 'ECONNREFUSED']))
    const { asked, open } = network(codes)
    await expect(openSocket(['fd00::1', 'fd00::2', 'fd00::3', '172.16.0.1', '172.16.0.2'], port, never, open)).rejects.toThrow()
    expect(asked).toEqual(['fd00::1', '172.16.0.1', 'fd00::2', '172.16.0.2', 'fd00::3'])
  })

  it.each([
    [['ENETUNREACH', 'ECONNREFUSED'], 'ECONNREFUSED'],
    [['EHOSTUNREACH', 'ETIMEDOUT', 'ENETUNREACH'], 'ETIMEDOUT'],
    [['EADDRNOTAVAIL', 'EHOSTUNREACH'], 'EHOSTUNREACH'],
  ])('of %j reports %s', async (given, expected) => {
    const codes = Object.fromEntries(given.map((code, i) => [`172.16.0.${i}`, code]))
    await expect(openSocket(Object.keys(codes), port, never, network(codes).open)).rejects.toMatchObject({ code: expected, errors: { length: given.length } })
  })

  it('of one address reports its own error', async () => {
    const failing = openSocket(['172.16.0.1'], port, never, network({ '172.16.0.1': 'ECONNREFUSED' }).open)
    await expect(failing).rejects.toMatchObject({ message: '172.16.0.1', code: 'ECONNREFUSED' })
    await expect(failing).rejects.not.toBeInstanceOf(AggregateError)
  })

  it('stops at its signal, whatever is open then, and tries nothing more', async () => {
    const { asked, sockets, open } = network()
    const stop = new AbortController()
    const opening = openSocket(['10.0.0.1', '10.0.0.2', '10.0.0.3'], port, stop.signal, open)
    await expect.poll(() => asked.length).toBe(2)
    stop.abort(new Error('too late'))
    await expect(opening).rejects.toThrow('too late')
    expect(sockets.every(({ destroyed }) => destroyed)).toBe(true)
    expect(asked).toHaveLength(2)
    await expect(openSocket(['10.0.0.1'], port, stop.signal, open)).rejects.toThrow('too late')
    expect(asked).toHaveLength(2)
  })

  it('begins no TLS when its signal has ended, and keeps no connection then', async () => {
    const socket = await openSocket(['127.0.0.1'], port, never)
    await expect(secureSocket(socket, 'named.test', {}, AbortSignal.abort(new Error('too late')))).rejects.toThrow('too late')
    expect(socket.destroyed).toBe(true)
  })

  it('survives an error that comes while nobody owns the connection with TLS', async () => {
    const { ca, cert, key } = createCertificates({ name: 'named.test' })
    const secure = createSecureServer({ cert, key }, (one) => one.on('error', () => {}))
    await new Promise<void>((ready) => secure.listen(0, '127.0.0.1', ready))
    const socket = await openSocket(['127.0.0.1'], (secure.address() as AddressInfo).port, never)
    const secured = await secureSocket(socket, 'named.test', { ca }, never)
    expect(() => secured.emit('error', new Error('reset'))).not.toThrow()
    secured.destroy()
    await new Promise<void>((closed) => secure.close(() => closed()))
  })

  it('survives an error that comes while nobody owns the socket', async () => {
    const socket = await openSocket(['127.0.0.1'], port, never)
    expect(() => socket.emit('error', new Error('reset'))).not.toThrow()
    socket.destroy()
  })
})
