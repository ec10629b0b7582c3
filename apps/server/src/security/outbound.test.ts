import { type AddressInfo, createServer, type Server } from 'node:net'
import { createServer as createSecureServer } from 'node:tls'
import { Agent } from 'undici'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { createCertificates } from '../providers/testing/certificates.ts'
import { allowListProblems } from './allow-list.ts'
import { createOutbound, type Lookup, OutboundDenied, type OutboundOptions, parseAllowList, tooWide } from './outbound.ts'
import { resolvingTo } from './testing/resolving.ts'

let server: Server
let port = 0
let seen = 0
const agents: Agent[] = []
beforeAll(async () => {
  server = createServer((socket) => {
    seen++
    socket.on('error', () => socket.destroy())
    socket.once('data', () => socket.end('HTTP/1.1 204 No Content\r\nconnection: close\r\n\r\n'))
  })
  await new Promise<void>((ready) => server.listen(0, '127.0.0.1', ready))
  port = (server.address() as AddressInfo).port
})
afterEach(() => Promise.all(agents.splice(0).map((agent) => agent.destroy())))
afterAll(() => new Promise<void>((closed) => server.close(() => closed())))

async function get(url: string, options: OutboundOptions & { list?: string } = {}): Promise<number | string> {
  const { list = '', ...rest } = options
  const agent = new Agent({ connect: createOutbound({ allow: parseAllowList(list), connectMs: 500, ...rest }).connector('application') })
  agents.push(agent)
  const { origin } = new URL(url)
  return agent.request({ origin, path: '/', method: 'GET' }).then(
    ({ statusCode }) => statusCode,
    (error: Error) => (error instanceof OutboundDenied ? `add ${error.allowValue}` : `other: ${error.message}`),
  )
}

describe('the outbound guard', () => {
  it.each([
    ...['127.0.0.1', '127.1', '0x7f.1', '2130706433', '0177.0.0.1', '127。0。0。1', '１２７.0.0.1', '0.0.0.0', '[::1]', '[::]', '[::ffff:127.0.0.1]'],
    ...[
      '[::ffff:7f00:1]',
      '[::127.0.0.1]',
      '[::ffff:0:7f00:1]',
      '[64:ff9b::7f00:1]',
      '[64:ff9b:1::1]',
      '[2002:7f00:1::]',
      'localhost',
      'LOCALHOST.',
      '10.0.0.1',
    ],
    ...['169.254.169.254', '100.64.0.1', '192.168.1.1', '168.63.129.16', '100.100.100.200', '192.0.0.192', '[fd00::1]', '[fe80::1]', '[fd00:ec2::254]'],
    ...['224.0.0.1', '255.255.255.255', '[ff02::1]', '[::ffff:a9fe:a9fe]', '198.18.0.1', '[2001:db8::1]'],
  ])('refuses http://%s/ without a connection', async (host) => {
    const before = seen
    expect(await get(`http://${host}:${port}/`)).toMatch(/^add /)
    expect(seen).toBe(before)
  })

  it('refuses a name when one of its addresses is private, and a name that answers differently the second time', async () => {
    const before = seen
    expect(await get(`http://mixed.test:${port}/`, { lookup: resolvingTo('93.184.216.34', '127.0.0.1') })).toBe(`add mixed.test:${port}`)
    expect(await get(`http://none.test:${port}/`, { lookup: resolvingTo() })).toMatch(/no address/)
    let asked = 0
    const flips: Lookup = (host, done) => resolvingTo(asked++ === 0 ? '192.0.2.1' : '127.0.0.1')(host, done)
    // The first answer is a documentation address that is allowed here but where nobody is; the second is us.
    const agent = new Agent({ connect: createOutbound({ allow: parseAllowList('192.0.2.1'), connectMs: 100, lookup: flips }).connector('application') })
    agents.push(agent)
    const ask = () => agent.request({ origin: `http://flips.test:${port}`, path: '/', method: 'GET' })
    await expect(ask()).rejects.not.toBeInstanceOf(OutboundDenied)
    await expect(ask()).rejects.toBeInstanceOf(OutboundDenied)
    expect(seen).toBe(before)
  })

  it.each([
    ['127.0.0.1', '127.0.0.1'],
    [() => `127.0.0.1:${port}`, '127.0.0.1'],
    ['127.0.0.0/8', '127.0.0.1'],
    [() => `10.0.0.0/8, 127.0.0.0/8:${port}`, '127.0.0.1'],
    ['::ffff:7f00:1/128', '127.0.0.1'],
    ['127.0.0.1', '[::ffff:127.0.0.1]'],
    ['Named.Test', 'named.test'],
    ['named.test.', 'NAMED.test.'],
    [() => `named.test:${port}`, 'named.test'],
    ['127.0.0.1', 'named.test'],
  ])('lets %s through to %s', async (list, host) => {
    const text = typeof list === 'string' ? list : list()
    expect(await get(`http://${host}:${port}/`, { list: text, lookup: resolvingTo('127.0.0.1') })).toBe(204)
  })

  it.each(['127.0.0.1:1', '127.0.0.2', 'named.test:1', 'other.test', '[::1]'])('is not opened by %s', async (list) => {
    expect(await get(`http://named.test:${port}/`, { list, lookup: resolvingTo('127.0.0.1') })).toBe(`add named.test:${port}`)
  })

  it('opens a metadata address only to an entry that is exactly it', async () => {
    const at = async (list: string) => {
      const { permits } = createOutbound({ allow: parseAllowList(list), lookup: resolvingTo('169.254.169.254') })
      return permits({ host: 'meta.test', port: 80 }, 'application').then(
        () => 'permitted',
        (error: OutboundDenied) => error.allowValue,
      )
    }
    for (const list of ['', 'meta.test', '169.254.0.0/16', '0.0.0.0/0', '169.254.169.254:81']) expect(await at(list)).toBe('169.254.169.254:80')
    for (const list of ['169.254.169.254', '169.254.169.254/32:80']) expect(await at(list)).toBe('permitted')
  })

  it.each([
    ...['169.254.170.2', '169.254.170.23', '169.254.42.42', '100.100.100.200', '168.63.129.16', '192.0.0.192'],
    ...['fd00:ec2::254', 'fd00:ec2::23', 'fd20:ce::254', 'fd00:42::42', '64:ff9b::a9fe:a9fe', '64:ff9b::a9fe:aa02', '2002:a9fe:a9fe::1', '2002:a9fe:aa02:1::9'],
  ])('opens no range and no name to the metadata address %s', async (address) => {
    const list = '169.254.0.0/16,100.64.0.0/10,168.0.0.0/8,192.0.0.0/24,[fc00::]/7,[64:ff9b::]/96,[2002::]/16,meta.test'
    for (const host of ['meta.test', address]) {
      const { permits } = createOutbound({ allow: parseAllowList(list), lookup: resolvingTo(address) })
      await expect(permits({ host, port: 80 }, 'application'), host).rejects.toThrow('metadata')
    }
  })

  it.each([
    ['169.254.169.254', '169.254.0.0/16'],
    ['[fd00:ec2::254]', '[fd00::/8]'],
    ['168.63.129.16', '168.63.0.0/16'],
    ['100.100.100.200', '100.64.0.0/10'],
    ['192.0.0.192', '192.0.0.0/24'],
  ])('opens the metadata address %s to no range', async (address, range) => {
    const at = (list: string) => createOutbound({ allow: parseAllowList(list) }).permits({ host: address, port: 80, use: 'web' }, 'application')
    for (const list of ['', range]) await expect(at(list)).rejects.toMatchObject({ message: expect.stringContaining('metadata'), allowValue: `${address}:80` })
    await expect(at(address)).resolves.toBeUndefined()
  })

  /** The first and the last address of every range that is not the public internet (https://www.iana.org/assignments/iana-ipv4-special-registry, …-ipv6-…). */
  it.each([
    ...['0.0.0.0 0.255.255.255', '10.0.0.0 10.255.255.255', '100.64.0.0 100.127.255.255', '127.0.0.0 127.255.255.255', '169.254.0.0 169.254.255.255'],
    ...['172.16.0.0 172.31.255.255', '192.0.0.0 192.0.0.255', '192.0.2.0 192.0.2.255', '192.88.99.0 192.88.99.255', '192.168.0.0 192.168.255.255'],
    ...['198.18.0.0 198.19.255.255', '198.51.100.0 198.51.100.255', '203.0.113.0 203.0.113.255', '224.0.0.0 239.255.255.255', '240.0.0.0 255.255.255.255'],
    ...[':: ::ffff', '::ffff:0:0:0 ::ffff:0:ffff:ffff', '64:ff9b:: 64:ff9b::ffff:ffff', '64:ff9b:1:: 64:ff9b:1:ffff:ffff:ffff:ffff:ffff', '100:: 100::ffff'],
    ...['2001:: 2001:1ff:ffff::', '2001:db8:: 2001:db8:ffff::', '2002:: 2002:ffff::', '3fff:: 3fff:fff::', '5f00:: 5f00:ffff::'],
    ...['fc00:: fdff:ffff::', 'fe80:: febf:ffff::', 'fec0:: feff:ffff::', 'ff00:: ffff::'],
  ])('refuses the range %s', async (range) => {
    const { permits } = createOutbound()
    for (const host of range.split(' ')) await expect(permits({ host, port: 443, use: 'web' }, 'application'), host).rejects.toThrow('is a private address')
  })

  it.each([
    ...['9.255.255.255', '11.0.0.0', '100.63.255.255', '100.128.0.0', '126.255.255.255', '128.0.0.0', '169.253.255.255', '169.255.0.0', '172.15.255.255'],
    ...['172.32.0.0', '192.0.1.0', '192.167.255.255', '192.169.0.0', '198.17.255.255', '198.20.0.0', '223.255.255.255', '2001:200::', '2003::', '2606:4700::1'],
  ])('permits %s, beside a range that it refuses', async (host) => {
    await expect(createOutbound().permits({ host, port: 443, use: 'web' }, 'application')).resolves.toBeUndefined()
  })

  it('judges an address without a port by the port of its scheme', async () => {
    for (const [url, port] of [
      ['http://private.test/', 80],
      ['https://private.test/', 443],
    ] as const)
      expect(await get(url, { lookup: resolvingTo('10.0.0.1') })).toBe(`add private.test:${port}`)
  })

  it('keeps away from the ports of other services, unless listed', async () => {
    const { permits } = createOutbound({ allow: parseAllowList('8.8.4.4:6379'), lookup: resolvingTo('8.8.8.8') })
    const at = (port: number, host = 'public.test') => permits({ host, port }, 'application')
    for (const bad of [22, 23, 2375, 2376, 2379, 2380, 3306, 5432, 5672, 6379, 6443, 9092, 9200, 9300, 10_250, 11_211, 27_017])
      await expect(at(bad)).rejects.toThrow(`public.test:${bad} is a port of another service`)
    for (const good of [25, 465, 587, 2525]) await expect(at(good)).resolves.toBeUndefined()
    await expect(at(6379, '8.8.4.4')).resolves.toBeUndefined()
    expect(await get('http://public.test:25/', { lookup: resolvingTo('8.8.8.8') })).toBe('add public.test:25')
  })

  it('knows beforehand which web addresses would be refused', async () => {
    const { permits } = createOutbound({ lookup: resolvingTo('8.8.8.8') })
    const at = (port: number) => permits({ host: 'public.test', port, use: 'web' }, 'application')
    for (const good of [80, 443, 8443]) await expect(at(good)).resolves.toBeUndefined()
    for (const bad of [25, 587, 6379]) await expect(at(bad)).rejects.toThrow(`public.test:${bad} is a port of another service`)
  })

  it('gives up on a resolver that says nothing', async () => {
    const { open, permits } = createOutbound({ connectMs: 30, lookup: () => {} })
    const call = { host: 'mute.test', port: 25 }
    await expect(permits(call, 'application')).rejects.toThrow('not resolved in time')
    for (const asked of [permits(call, 'application'), open(call, 'application'), open({ ...call, tls: {} }, 'person')])
      await expect(asked).rejects.toMatchObject({ code: 'ETIMEDOUT' })
    expect(await get(`http://mute.test:${port}/`, { connectMs: 30, lookup: () => {} })).toBe('other: No connection in time')
  })

  it('has one deadline for DNS, TCP and TLS: a server that never begins TLS', async () => {
    const { open } = createOutbound({ allow: parseAllowList('127.0.0.1'), lookup: resolvingTo('127.0.0.1') })
    const mute = createServer((socket) => socket.resume().on('error', () => {}))
    await new Promise<void>((ready) => mute.listen(0, '127.0.0.1', ready))
    const call = { host: 'named.test', port: (mute.address() as AddressInfo).port, tls: {}, timeoutMs: 50 }
    await expect(open(call, 'application')).rejects.toMatchObject({ code: 'ETIMEDOUT' })
    await new Promise<void>((closed) => mute.close(() => closed()))
  })

  it.each(['TLSv1.2', 'TLSv1.3'] as const)('resumes a session of %s with the same connector, and with no other', async (version) => {
    const { ca, cert, key } = createCertificates({ name: 'named.test' })
    const reused: boolean[] = []
    const secure = createSecureServer({ cert, key, minVersion: version, maxVersion: version }, (socket) => {
      reused.push(socket.isSessionReused())
      socket.on('error', () => {})
      socket.once('data', () => socket.end('HTTP/1.1 204 No Content\r\nconnection: close\r\n\r\n'))
    })
    await new Promise<void>((ready) => secure.listen(0, '127.0.0.1', ready))
    const origin = `https://named.test:${(secure.address() as AddressInfo).port}`
    const { connector } = createOutbound({ allow: parseAllowList('127.0.0.1'), allowUsers: parseAllowList('127.0.0.1'), lookup: resolvingTo('127.0.0.1') })
    const ask = async (agent: Agent) => (await agent.request({ origin, path: '/', method: 'GET' })).body.dump()
    const [strict, person] = (['application', 'person'] as const).map((by) => new Agent({ connect: connector(by, { caCertificate: ca }) }))
    agents.push(strict!, person!)
    for (const agent of [strict!, strict!, person!]) await ask(agent)
    expect(reused).toEqual([false, true, false])
    await new Promise<void>((closed) => secure.close(() => closed()))
  })

  it('reads a host as a URL writes it, brackets, capitals and the dot at its end included', async () => {
    const { open, permits } = createOutbound({
      lookup: (host, done) => (host === 'private.test' ? resolvingTo('10.0.0.1')(host, done) : expect.unreachable(host)),
    })
    for (const [host, shown] of [
      ['[fd00::1]', '[fd00::1]'],
      ['[::ffff:10.0.0.1]', '10.0.0.1'],
      ['PRIVATE.test.', 'private.test'],
    ] as const)
      for (const asked of [open({ host, port: 8080 }, 'application'), permits({ host, port: 8080 }, 'application')])
        await expect(asked, host).rejects.toMatchObject({ code: 'address_not_allowed', allowValue: `${shown}:8080` })
  })

  it('asks who names an address: a person has a list of exceptions of their own', async () => {
    const options = { allow: parseAllowList('10.0.0.1'), allowUsers: parseAllowList('10.0.0.2'), lookup: resolvingTo('10.0.0.1') }
    const { permits } = createOutbound(options)
    const at = (host: string, namedBy: 'application' | 'person') => permits({ host, port: 8080 }, namedBy)
    await expect(at('10.0.0.1', 'application')).resolves.toBeUndefined()
    await expect(at('10.0.0.2', 'person')).resolves.toBeUndefined()
    for (const host of ['10.0.0.1', 'lan.test'])
      await expect(at(host, 'person')).rejects.toMatchObject({
        namedBy: 'person',
        message: expect.stringMatching(new RegExp(`was named by a person; add "${host}:8080" to CARILLON_OUTBOUND_ALLOW_USERS to allow it$`)),
      })
    await expect(at('10.0.0.2', 'application')).rejects.toThrow('add "10.0.0.2:8080" to CARILLON_OUTBOUND_ALLOW to allow it')
  })
})

describe('CARILLON_OUTBOUND_ALLOW', () => {
  it('reads names, addresses and ranges, with and without a port', () => {
    const rules = parseAllowList(' ntfy.lan , ntfy.lan:443,10.0.0.0/8,10.1.2.3:8080,[fd00::1]:8080,[fd00::/8],fd00::/8:443,bücher.example, ')
    expect(rules.map(({ text, host, port: only, exact }) => [text, host, only, exact])).toEqual([
      ['ntfy.lan', 'ntfy.lan', undefined, undefined],
      ['ntfy.lan:443', 'ntfy.lan', 443, undefined],
      ['10.0.0.0/8', undefined, undefined, undefined],
      ['10.1.2.3:8080', undefined, 8080, '10.1.2.3'],
      ['[fd00::1]:8080', undefined, 8080, 'fd00::1'],
      ['[fd00::/8]', undefined, undefined, undefined],
      ['fd00::/8:443', undefined, 443, undefined],
      ['bücher.example', 'xn--bcher-kva.example', undefined, undefined],
    ])
    expect(parseAllowList('')).toEqual([])
  })

  it.each([
    'http://ntfy.lan',
    'ntfy.lan/path',
    '10.0.0.0/33',
    '10.0.0/8',
    'a b',
    'ntfy.lan:0',
    'ntfy.lan:99999',
    'fd00::1',
    '[ntfy.lan]',
    '*.lan',
    '127.1',
    '[fd00::]/129',
    'a..b',
    ':80',
  ])('names the entry %s that it cannot read', (entry) => {
    expect(() => parseAllowList(`good.lan,${entry}`)).toThrow(`"${entry}"`)
  })

  it.each(['0.0.0.0/0', '::/0', '[::/0]:443', '0.0.0.0/0:80', '::ffff:0.0.0.0/96', 'fc00::/7', 'f000::/4', '::/1', '8000::/1', '0.0.0.0/1,128.0.0.0/1'])(
    'knows that %s opens everything',
    (list) => {
      expect(tooWide(parseAllowList(`ntfy.lan,${list}`))).toEqual([expect.stringContaining(`"${list}"`)])
      expect(allowListProblems(list, 'allowed')).toEqual([])
      expect(allowListProblems(list, 'refused')).toEqual([expect.stringMatching(/^".+" opens every private address; name the hosts/)])
    },
  )

  it.each(['10.0.0.0/8', '10.0.0.0/8,172.16.0.0/12,192.168.0.0/16', '127.0.0.0/8', '192.168.0.0/15', 'fd00::/8', 'fe80::/10', '8.0.0.0/5'])(
    'lets %s be: it does not open everything',
    (list) => expect(allowListProblems(list, 'refused')).toEqual([]),
  )

  it('names every entry that is wrong at once', () => {
    expect(allowListProblems('a b,ok.lan,10.0.0.0/33,0.0.0.0/0', 'refused')).toEqual([
      expect.stringContaining('"a b"'),
      expect.stringContaining('"10.0.0.0/33"'),
      expect.stringContaining('"0.0.0.0/0"'),
    ])
  })
})
