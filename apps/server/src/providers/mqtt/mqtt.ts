import { type Static, Type } from 'typebox'
import { saysYes, serverOf } from '../kit/apprise-url.ts'
import type { Http } from '../kit/contract.ts'
import { defineProvider } from '../kit/define-provider.ts'
import { DeliveryError } from '../kit/delivery-error.ts'
import { secret, text } from '../kit/fields.ts'
import { blameConnection } from '../kit/http-errors.ts'
import { payloadOf } from '../kit/payload.ts'
import { trustSettings } from '../kit/trust.ts'
import { createMqttLink, type MqttLink, MqttRefused } from './mqtt-link.ts'

const settings = Type.Object({
  server: text({
    title: 'Broker',
    description: 'mqtts://host, or mqtt://host without TLS; add :port unless it is 8883 or 1883.',
    pattern: '^mqtts?://(\\[[0-9A-Fa-f:.]+\\]|[A-Za-z0-9._-]+)(:\\d{1,5})?/?$',
    maxLength: 300,
    examples: ['mqtts://broker.example.com'],
  }),
  username: Type.Optional(text({ title: 'User name' })),
  password: Type.Optional(secret({ title: 'Password' })),
  clientId: Type.Optional(
    text({ title: 'Client id', description: 'Default: random. Two clients with the same id disconnect each other.', maxLength: 128, 'x-advanced': true }),
  ),
  retain: Type.Optional(
    Type.Boolean({ title: 'Retain', description: 'The broker keeps the last message for later subscribers.', default: false, 'x-advanced': true }),
  ),
  ...trustSettings,
})

const destination = Type.Object({
  // A topic name: wildcards are for subscribers only (MQTT 3.1.1, 4.7.1). $ topics belong to the broker.
  topic: text({
    title: 'Topic',
    description: 'For example home/alerts',
    pattern: '^[^$#+\\u0000-\\u001f\\u007f][^#+\\u0000-\\u001f\\u007f]*$',
    maxLength: 1024,
  }),
})

type Settings = Static<typeof settings>

// One link per version of a connection: a client id may be used by one client only.
const links = new WeakMap<Settings, MqttLink>()

function linkOf(own: Settings, http: Http): MqttLink {
  let link = links.get(own)
  if (link === undefined) {
    link = newLink(own, http)
    links.set(own, link)
  }
  return link
}

function newLink(own: Settings, http: Http): MqttLink {
  const { hostname, port, protocol } = new URL(own.server)
  const tls = protocol === 'mqtts:'
  return createMqttLink({ ...own, host: hostname.replace(/^\[|\]$/g, ''), port: Number(port) || (tls ? 8883 : 1883), tls }, http)
}

/** Publishes to a broker with QoS 1 (MQTT 3.1.1): its PUBACK counts as acceptance. The payload is the webhook's body. */
export const mqtt = defineProvider({
  id: 'mqtt',
  name: 'MQTT',
  channel: 'mqtt',
  inMain: true,
  docs: 'https://docs.oasis-open.org/mqtt/mqtt/v3.1.1/os/mqtt-v3.1.1-os.html',
  preview: true,
  settings,
  destination,
  capabilities: { format: 'json' },

  async send({ settings: own, destination: to, message, delivery, http }) {
    try {
      await linkOf(own, http).publish(to.topic, JSON.stringify(payloadOf({ message, delivery })), own.retain ?? false)
      return {}
    } catch (error) {
      throw asDeliveryError(error, own.server)
    }
  },

  async verify({ settings: own, http }) {
    // With another client id, because the saved connection may be in use.
    const { clientId: _, ...others } = own
    const link = newLink(others, http)
    try {
      await link.connect()
    } catch (error) {
      throw asDeliveryError(error, own.server)
    } finally {
      link.close()
    }
  },

  check({ settings: own }) {
    const nameless = own?.password !== undefined && own.username === undefined
    const wrong = own === undefined ? null : portAdvice(own.server)
    return [
      ...(nameless ? [{ pointer: '/settings/username', message: 'is required with a password (MQTT 3.1.1, 3.1.2.9)' }] : []),
      ...(wrong === null ? [] : [{ pointer: '/settings/server', message: `probably does not fit: ${wrong}`, severity: 'warning' as const }]),
    ]
  },

  // https://github.com/caronc/apprise/wiki/Notify_mqtt
  apprise: {
    schemes: ['mqtt', 'mqtts'],
    identity: 'both',
    reads: ['client_id', 'retain'],
    parse(url) {
      const { scheme, user, password, host, path, query } = url
      if (host === '' || path.length === 0) return 'An MQTT URL is mqtts://user:password@host/topic'
      return {
        settings: {
          server: serverOf(url, scheme),
          username: user,
          password,
          clientId: query.get('client_id'),
          retain: saysYes(url, 'retain'),
        },
        destination: { topic: path.join('/') },
      }
    },
  },

  sameAddress: ({ topic }) => topic,
  dispose: (own) => links.get(own)?.close(),
})

/** The port of the other kind (IANA: 1883 mqtt, 8883 secure-mqtt), and what to choose; null when it may fit. */
function portAdvice(server: string): string | null {
  const { protocol, port } = URL.parse(server) ?? {}
  if (protocol === 'mqtts:' && port === '1883') return 'port 1883 does not begin with TLS: choose mqtt://, or port 8883'
  if (protocol === 'mqtt:' && port === '8883') return 'port 8883 begins with TLS: choose mqtts://, or port 1883'
  return null
}

/** Return codes of CONNACK (3.2.2.3): 3 is temporary, the others need the operator. */
function asDeliveryError(error: unknown, server: string): DeliveryError {
  const known = blameConnection(error)
  const hint = portAdvice(server)
  if (known instanceof DeliveryError)
    return known.unreached && hint !== null ? new DeliveryError(known.failure, `${known.message}; ${hint}`, { ...known, field: '/settings/server' }) : known
  if (!(error instanceof MqttRefused))
    return new DeliveryError('temporary', 'The broker failed unexpectedly', { code: 'provider_bug', scope: 'message', cause: error })
  const { code, handedOver, reason } = error
  if (code !== null)
    return new DeliveryError(code === 3 ? 'temporary' : 'misconfigured', `The broker refused the connection (code ${code})`, { code: `mqtt_${code}` })
  const advice = handedOver ? null : hint
  return new DeliveryError(reason === 'tls' ? 'misconfigured' : 'temporary', `${error.message}${advice === null ? '' : `; ${advice}`}`, {
    code: reason,
    ...(reason === 'tls' || advice !== null ? { field: '/settings/server' } : {}),
    maybeDelivered: handedOver,
    cause: error.cause,
  })
}
