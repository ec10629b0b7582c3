import { expect, it } from 'vitest'
import { startTestHub } from '../../src/testing.ts'

it('outbound guard: accepts a public address as a destination, and refuses a private one with the value to add', async () => {
  const hub = await startTestHub({ env: { CARILLON_OUTBOUND_ALLOW: '' } })
  try {
    const me = hub.client('ana').me
    await hub.client().users.put('ana', {})
    // Literals: the test must not depend on a resolver.
    expect(await me.putDestination('webhook', { url: 'https://1.1.1.1/hook' })).toMatchObject({ channel: 'webhook', body: { url: 'https://1.1.1.1/hook' } })
    expect(await me.putDestination('webhook', { url: 'http://1.1.1.1/hook' })).toMatchObject({ channel: 'webhook' })
    await expect(me.putDestination('webhook', { url: 'https://10.1.2.3/hook' })).rejects.toMatchObject({
      code: 'address_not_allowed',
      message: expect.stringContaining('10.1.2.3'),
    })
  } finally {
    await hub.stop()
  }
})

it('outbound guard: an exception that opens everything is said at start', async () => {
  const lines: string[] = []
  const start = async (list: string) => (await startTestHub({ env: { CARILLON_OUTBOUND_ALLOW: list }, log: (line) => lines.push(line) })).stop()
  await start('127.0.0.1,10.0.0.0/8')
  expect(lines.filter((line) => line.includes('CARILLON_OUTBOUND_ALLOW'))).toEqual([])
  await start('127.0.0.1,0.0.0.0/0')
  expect(lines.filter((line) => line.includes('opens every private address'))).toEqual([expect.stringContaining('"level":"warn"')])
})

it('outbound guard: refuses a private address in an Apprise URL, for every provider', async () => {
  const hub = await startTestHub({ env: { CARILLON_OUTBOUND_ALLOW: '' } })
  try {
    const { connections, users } = hub.client()
    await users.put('ana', {})
    await connections.create({ provider: 'apprise', name: 'Relay', personal: true, settings: { server: 'https://1.1.1.1' } })
    for (const url of [
      'mailto://ana:pw@10.1.2.3:2525/?to=ben@example.org',
      'mailto://ana:pw@example.org/?smtp=10.1.2.3&to=ben@example.org',
      'mailto://ana:pw@[::1]:2525/?to=ben@example.org',
      'gotify://10.1.2.3/AbCdEfGhIjKlMnO',
      'xml://10.1.2.3/x',
      'xml://%31%30.1.2.3/x',
      'xml://１０.1.2.3:8080/x',
      'xmls://0x0a010203/x',
      'form://[::1%25lo]/x',
    ])
      await expect(hub.client('ana').me.putDestination('apprise', { urls: [url] }), url).rejects.toMatchObject({ code: 'address_not_allowed' })
    expect(await hub.client('ana').me.putDestination('apprise', { urls: ['xml://1.1.1.1/x', 'mailto://ana:pw@1.1.1.1/?to=ben@example.org'] })).toMatchObject({
      channel: 'apprise',
    })
  } finally {
    await hub.stop()
  }
})
