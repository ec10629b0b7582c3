import { createServer } from 'node:net'
import { describe, expect, it } from 'vitest'
import { baseOf, bearerOf } from './address.ts'
import { createClient } from './client.ts'

describe('the address of a hub', () => {
  it.each(['localhost:8484', '127.0.0.1:8484', 'bells.example.com', 'ftp://bells.example.com', 'https://', 'undefined'])(
    'is refused at once: %s',
    (baseUrl) => {
      expect(() => createClient({ baseUrl, token: 'k' })).toThrow(`"${baseUrl.replace(/\/+$/, '')}" is not`)
    },
  )

  it.each([
    ['https://bells.example.com/', 'https://bells.example.com'],
    [' http://127.0.0.1:8484\n', 'http://127.0.0.1:8484'],
    ['HTTP://hub/prefix//', 'HTTP://hub/prefix'],
    ['/carillon', '/carillon'],
    ['', ''],
  ])('%j is %j', (given, base) => expect(baseOf(given)).toBe(base))
})

describe('a token', () => {
  it('is sent without the blanks around it', () => {
    expect(bearerOf(' ck_abc\r\n')).toBe('Bearer ck_abc')
  })

  it('that no header can carry is refused before anything is sent, and not tried again', async () => {
    let calls = 0
    const fetch = async () => Response.json({ calls: ++calls })
    for (const token of ['ck_…', 'ck_a b', 'ck_a\nb', 'schlüssel']) {
      const hub = createClient({ baseUrl: 'https://hub.example', token, fetch })
      await expect(hub.health.get()).rejects.toMatchObject({ code: 'unauthorized', status: 401 })
      await expect(hub.inbox.counts()).rejects.toMatchObject({ code: 'unauthorized', message: expect.not.stringContaining(token) })
    }
    expect(calls).toBe(0)
  })
})

describe('no answer', () => {
  it('says what the network said, and not only that it failed', async () => {
    const hub = createClient({ baseUrl: 'http://127.0.0.1:1', token: 'k', retries: 0 })
    await expect(hub.health.get()).rejects.toMatchObject({ code: 'unreachable', message: expect.stringMatching(/127\.0\.0\.1:1: .*(ECONNREFUSED|bad port)/) })
  })

  it('of a server that speaks http names the s that is too much', async () => {
    const server = createServer((socket) =>
      socket.on('error', () => {}).once('data', () => socket.end('HTTP/1.1 400 Bad Request\r\nconnection: close\r\n\r\n')),
    )
    await new Promise<void>((done) => server.listen(0, '127.0.0.1', done))
    const at = server.address()
    const port = typeof at === 'object' && at !== null ? at.port : 0
    const hub = createClient({ baseUrl: `https://127.0.0.1:${port}`, token: 'k', retries: 0 })
    await expect(hub.health.get()).rejects.toMatchObject({ code: 'unreachable', message: expect.stringContaining('it may speak http, without the s') })
    await new Promise((done) => server.close(done))
  })
})
