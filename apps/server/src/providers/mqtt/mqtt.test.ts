import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import type { JsonObject } from '../../domain/json.ts'
import { createOutbound, parseAllowList } from '../../security/outbound.ts'
import { DeliveryError } from '../kit/delivery-error.ts'
import { createHttp } from '../kit/http.ts'
import { createCertificates } from '../testing/certificates.ts'
import { fieldsWithoutTitle } from '../testing/fields.ts'
import { startHostile } from '../testing/hostile.ts'
import { exampleMessage, NOW } from '../testing/message.ts'
import { type Broker, startBroker } from '../testing/mqtt-broker.ts'
import { startReceiver } from '../testing/receiver.ts'
import { pasted } from '../testing/vendor.ts'
import { mqtt } from './mqtt.ts'
import { createMqttLink } from './mqtt-link.ts'

const http = createHttp({ outbound: createOutbound({ allow: parseAllowList('127.0.0.1') }) })
let broker: Broker
let settings: JsonObject
beforeEach(async () => {
  broker = await startBroker()
  settings = { server: `mqtt://127.0.0.1:${broker.port}`, username: 'bells', password: 's3cret-pass', clientId: 'hub' }
})
afterEach(async () => {
  await mqtt.dispose(settings)
  await broker.close()
})

const send = (topic = 'home/alerts', door = http) =>
  mqtt.send({
    settings,
    destination: { topic },
    message: exampleMessage(),
    delivery: { id: 'dlv_1', attempt: 1, createdAt: NOW },
    http: door,
    clock: () => NOW,
  })
async function refusal(...given: Parameters<typeof send>): Promise<DeliveryError> {
  const error = await send(...given).catch((thrown: unknown) => thrown)
  if (!(error instanceof DeliveryError)) throw new Error(`expected a DeliveryError, got ${String(error)}`)
  expect(error.message).not.toContain('s3cret')
  return error
}

describe('mqtt', () => {
  it('publishes the webhook’s body with QoS 1 and takes the PUBACK for acceptance', async () => {
    expect(await send()).toEqual({})
    expect(broker.connects).toEqual([{ clientId: 'hub', username: 'bells', password: 's3cret-pass' }])
    expect(broker.published).toMatchObject([{ topic: 'home/alerts', qos: 1, retain: false }])
    expect(JSON.parse(broker.published[0]!.payload)).toMatchObject({
      id: 'dlv_1',
      type: 'build.failed',
      title: 'Build 7 failed',
      body: 'main is red',
      data: { build: 7 },
    })
  })

  it('uses one connection for many messages at once, and opens another when that one is gone', async () => {
    await Promise.all(Array.from({ length: 50 }, (_, i) => send(`t/${i}`)))
    expect(broker.connects).toHaveLength(1)
    expect(new Set(broker.published.map(({ topic }) => topic)).size).toBe(50)
    await mqtt.dispose(settings)
    await send()
    expect(broker.connects).toHaveLength(2)
  })

  it('asks the broker to keep the message when that is wanted', async () => {
    settings = { ...settings, retain: true }
    await send()
    expect(broker.published).toMatchObject([{ retain: true }])
  })

  it.each([
    [1, 'misconfigured'],
    [2, 'misconfigured'],
    [3, 'temporary'],
    [4, 'misconfigured'],
    [5, 'misconfigured'],
  ])('reads CONNACK %i as %s', async (code, failure) => {
    broker.behave(code)
    expect(await refusal()).toMatchObject({ failure, code: `mqtt_${code}`, maybeDelivered: false })
    expect(broker.published).toEqual([])
    broker.behave(0)
    await expect(send()).resolves.toEqual({})
  })

  it('does not know whether the broker has what it did not confirm', async () => {
    broker.behave('drop')
    expect(await refusal()).toMatchObject({ failure: 'temporary', maybeDelivered: true })
    broker.behave(0)
    await expect(send()).resolves.toEqual({})
    broker.behave('mute')
    const link = createMqttLink({ host: '127.0.0.1', port: broker.port, tls: false }, http, 100)
    await expect(link.publish('t', '{}', false)).rejects.toMatchObject({ reason: 'timeout', handedOver: true })
    link.close()
  })

  it('gives up on a silent broker, a dead one, and one that is none', async () => {
    broker.behave('silent')
    const link = createMqttLink({ host: '127.0.0.1', port: broker.port, tls: false }, http, 100)
    await expect(link.connect()).rejects.toMatchObject({ handedOver: false })
    await broker.close()
    expect(await refusal()).toMatchObject({ failure: 'temporary', code: 'refused', maybeDelivered: false })
    const none = await startHostile('garbage')
    const other = createMqttLink({ host: '127.0.0.1', port: Number(new URL(none.url).port), tls: false }, http, 200)
    await expect(other.publish('t', '{}', false)).rejects.toMatchObject({ handedOver: false })
    await none.close()
  })

  it('speaks TLS to a broker whose certificate it may trust, and says nothing to another', async () => {
    const { ca, cert, key } = createCertificates()
    const secured = await startBroker({ cert, key })
    const overTls = async (more: JsonObject) => {
      await mqtt.dispose(settings)
      settings = { server: `mqtts://127.0.0.1:${secured.port}`, username: 'bells', password: 's3cret-pass', ...more }
    }
    await overTls({})
    expect(await refusal()).toMatchObject({ failure: 'misconfigured', code: 'tls', maybeDelivered: false })
    await overTls({ caCertificate: createCertificates().ca })
    expect(await refusal()).toMatchObject({ failure: 'misconfigured', code: 'tls' })
    expect(secured.connects).toEqual([])
    await overTls({ caCertificate: ca })
    expect(await send()).toEqual({})
    expect(secured.connects).toMatchObject([{ username: 'bells', password: 's3cret-pass' }])
    expect(secured.published).toMatchObject([{ topic: 'home/alerts', qos: 1 }])
    await overTls({ allowInvalidCertificate: true })
    expect(await send()).toEqual({})
    settings = { ...settings, server: `mqtt://127.0.0.1:${secured.port}` }
    expect(await refusal()).toMatchObject({ failure: 'temporary', maybeDelivered: false })
    await mqtt.dispose(settings)
    await secured.close()
  })

  it('goes nowhere that the guard does not allow', async () => {
    const guarded = createHttp()
    expect(await refusal('t', guarded)).toMatchObject({ code: 'address_not_allowed' })
    expect(broker.connects).toEqual([])
    await guarded.close()
  })

  it('tries the sign-in without a message, under an id of its own, and leaves', async () => {
    await mqtt.verify?.({ settings, http, clock: () => NOW })
    expect(broker.connects).toMatchObject([{ username: 'bells', clientId: expect.stringMatching(/^carillon-/) }])
    broker.behave(5)
    await expect(mqtt.verify?.({ settings, http, clock: () => NOW })).rejects.toMatchObject({ failure: 'misconfigured' })
    await vi.waitFor(() => expect(broker.published).toEqual([]))
  })

  it('names the server where its port and its encryption do not fit, when saved and when it fails', async () => {
    const warned = (server: string) => mqtt.check({ settings: { server } }).map(({ pointer, severity }) => [pointer, severity])
    expect([warned('mqtts://broker.example:1883'), warned('mqtt://broker.example:8883')]).toEqual(Array(2).fill([['/settings/server', 'warning']]))
    expect([warned('mqtts://broker.example'), warned('mqtt://broker.example:1884')]).toEqual([[], []])
    const plain = await startReceiver()
    const encrypted = { server: plain.url.replace('http:', 'mqtts:') }
    await expect(mqtt.verify?.({ settings: encrypted, http, clock: () => NOW })).rejects.toMatchObject({ failure: 'misconfigured', code: 'tls' })
    await plain.close()
  })

  it('has a form that says what everything is', () => {
    expect([...fieldsWithoutTitle(mqtt.settings), ...fieldsWithoutTitle(mqtt.destination)]).toEqual([])
    expect(mqtt.check({ settings: { server: 'mqtts://h', password: 'x' } })).toMatchObject([{ pointer: '/settings/username' }])
    const { ca, cert } = createCertificates()
    expect(mqtt.check({ settings: { ...settings, caCertificate: ca }, destination: { topic: 'a/b' } })).toEqual([])
    for (const wrong of [cert, 'PEM'])
      expect(mqtt.check({ settings: { ...settings, caCertificate: wrong } })).toMatchObject([{ pointer: '/settings/caCertificate' }])
    expect(mqtt.sameAddress({ topic: 'a/b' })).not.toBe(mqtt.sameAddress({ topic: 'A/b' }))
  })

  it('reads Apprise URLs', () => {
    expect(pasted(mqtt, 'mqtts://ana:pw@broker.example:8884/home/alerts?retain=yes')).toMatchObject({
      settings: { server: 'mqtts://broker.example:8884', username: 'ana', password: 'pw', retain: true },
      destination: { topic: 'home/alerts' },
    })
    expect(pasted(mqtt, 'mqtt://broker.example')).toContain('/topic')
  })
})
