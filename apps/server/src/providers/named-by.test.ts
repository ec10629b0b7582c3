import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { goodForms } from '../../test/stories/good-forms.ts'
import { createAppriseUrls } from '../connections/apprise-urls.ts'
import type { JsonObject } from '../domain/json.ts'
import { addressesIn } from '../forms/check.ts'
import { createFormCheck } from '../forms/form-check.ts'
import { createOutbound, parseAllowList } from '../security/outbound.ts'
import { resolvingTo } from '../security/testing/resolving.ts'
import { providers } from './index.ts'
import type { Http, Provider } from './kit/contract.ts'
import { DeliveryError } from './kit/delivery-error.ts'
import { createHttp, type HttpDoor } from './kit/http.ts'
import { exampleMessage, NOW } from './testing/message.ts'
import { type Receiver, startReceiver } from './testing/receiver.ts'

/** Every name leads to this machine, which operators and applications may name, and people may not. */
let door: HttpDoor
let server: Receiver
beforeAll(async () => {
  server = await startReceiver()
  door = createHttp({
    clock: () => NOW,
    outbound: createOutbound({ allow: parseAllowList('127.0.0.1'), lookup: resolvingTo('127.0.0.1') }),
  })
})
afterAll(async () => {
  await door.close()
  await server.close()
})

interface Case {
  id: string
  provider: Provider
  settings: JsonObject
  destination: JsonObject
}

const fill = createFormCheck()
function filled(id: string, { settings = {}, destination }: { settings?: JsonObject; destination: JsonObject }): Case {
  const provider = providers.find((one) => one.id === id)!
  const whole: Case = { id, provider, settings: { ...settings, ...provider.deviceKeys?.generate() }, destination: structuredClone(destination) }
  expect(fill(provider.settings, whole.settings, '/settings'), id).toEqual([])
  fill(provider.sharedDestination ?? provider.destination, whole.destination, '/destination')
  return whole
}

/** Forms of which the destination names a server. */
const naming = (): Case[] => {
  const forms = goodForms('http://lan.test:8484', '/nowhere')
  forms['apprise']!.destination = { urls: ['json://other.test/x'] }
  const more = { ...forms['ntfy'], destination: { topic: 'http://other.test/alerts' } }
  return [...Object.entries(forms), ['ntfy', more] as const]
    .map(([id, form]) => filled(id, form))
    .filter((one) => [...addressesIn(one.destination, '')].length > 0)
}

async function outcome({ provider, settings, destination }: Omit<Case, 'id'>, http: Http): Promise<DeliveryError | null> {
  try {
    await provider.send({ settings, destination, message: exampleMessage(), delivery: { id: 'dlv_1', attempt: 1, createdAt: NOW }, http, clock: () => NOW })
    return null
  } catch (error) {
    if (error instanceof DeliveryError) return error
    throw error
  } finally {
    await provider.dispose(settings)
  }
}

const DENIED = {
  failure: 'misconfigured',
  scope: 'target',
  code: 'address_not_allowed',
  unreached: true,
  message: expect.stringContaining('CARILLON_OUTBOUND_ALLOW_USERS'),
}

describe('an address in a destination', () => {
  it('is known of every provider that has one', () => {
    expect(
      naming()
        .map(({ id }) => id)
        .sort(),
    ).toEqual(['apprise', 'discord', 'feishu', 'google-chat', 'mattermost', 'ntfy', 'rocketchat', 'slack', 'teams', 'web_push', 'webhook'])
  })

  it('that a person named reaches nothing private, whatever its provider', async () => {
    for (const one of naming()) expect(await outcome(one, door.for('person', one.settings)), one.id).toMatchObject(DENIED)
  })

  it('that an application named reaches what the operator allowed', async () => {
    for (const one of naming()) expect((await outcome(one, door.for('application', one.settings)))?.code, one.id).not.toBe('address_not_allowed')
  })
})

describe('an Apprise URL', () => {
  const urls = createAppriseUrls(providers, createFormCheck())
  it.each([
    ...['json://HOST/x', 'jsons://HOST/x', 'ntfy://HOST/alerts', 'ntfys://user:pw@HOST/alerts', 'gotify://HOST/AbCdEfGhIjKlMnO', 'apprise://HOST/key'],
    ...['mailto://ana:pw@HOST/?to=ben@example.org', 'mailto://ana:pw@example.org/?smtp=lan.test&to=ben@example.org', 'mqtt://HOST/home/alerts'],
    ...['mqtts://HOST/home/alerts', 'mmost://HOST/kkkkkkkkkkkkkkkkkkkkkkkkkk', 'rocket://64f0a1b2%2Ftoken@HOST', 'bark://HOST/key'],
    ...['signal://HOST/+12025550123/+12025550124', 'matrix://token@HOST/!room:example.com'],
  ])('%s is the word of the person as a whole, its settings too', async (text) => {
    const meaning = () => {
      const found = urls.read(text.replace('HOST', 'lan.test:8484'))
      if (found === null || typeof found === 'string') throw new Error(`not understood: ${found}`)
      return found
    }
    expect(await outcome(meaning(), door.for('person', {}))).toMatchObject(DENIED)
    expect((await outcome(meaning(), door.for('application', {})))?.code).not.toBe('address_not_allowed')
  })
})

describe('an address in the settings of a connection', () => {
  it('is the word of the operator, also when a person named the recipient', async () => {
    const forms = goodForms(server.url, '/nowhere')
    for (const id of ['bark', 'gotify', 'http-sms', 'matrix', 'ntfy', 'signal', 'zulip', 'fcm']) {
      const before = server.requests.length
      const one = filled(id, forms[id]!)
      expect((await outcome(one, door.for('person', one.settings)))?.code, id).not.toBe('address_not_allowed')
      expect(server.requests.length, id).toBeGreaterThan(before)
    }
  })

  it('opens no other server, and no other port, of a person', async () => {
    const one = filled('webhook', { destination: { url: `${server.url}/x` } })
    const settings = { server: `http://127.0.0.1:${server.port + 1}`, icon: server.url, host: '127.0.0.1', port: 25 }
    expect(await outcome(one, door.for('person', settings))).toMatchObject(DENIED)
    expect(await outcome(one, door.for('person', { ...settings, server: server.url }))).toBeNull()
  })

  it('is not the word of the operator for a server that calls it for us', async () => {
    const relay = (url: string) => filled('apprise', { settings: { server: server.url }, destination: { urls: [url] } })
    const own = relay(`xml://127.0.0.1:${server.port}/x`)
    expect(await outcome(own, door.for('person', own.settings))).toMatchObject(DENIED)
    expect(await outcome(own, door.for('application', own.settings))).toBeNull()
    const before = server.requests.length
    for (const url of ['xml://lan.test', 'xml://%6Can.test/x', 'http://[::1]/x', 'xml://[not an address/x']) {
      const one = relay(url)
      expect(await outcome(one, door.for('person', one.settings)), url).not.toBeNull()
    }
    expect(server.requests).toHaveLength(before)
  })

  it('shares no open socket with an address that a person named', async () => {
    const one = filled('webhook', { destination: { url: `${server.url}/x` } })
    expect(await outcome(one, door.for('application', {}))).toBeNull()
    expect(await outcome(one, door.for('person', {}))).toMatchObject(DENIED)
  })
})
