import type { MqttClient } from 'mqtt'
import { SECOND } from '../../domain/time.ts'
import type { Http } from '../kit/contract.ts'
import { isNotTls } from '../kit/not-tls.ts'
import { member } from '../kit/receipt.ts'
import { type Trust, tlsOptions } from '../kit/security.ts'
import { serverOf } from '../kit/urls.ts'

export interface MqttSettings extends Trust {
  host: string
  port: number
  tls: boolean
  username?: string
  password?: string
  clientId?: string
}

export interface MqttLink {
  connect(): Promise<unknown>
  /** Resolves at the broker's PUBACK. Throws `MqttRefused`, or the outbound guard's error. */
  publish(topic: string, payload: string, retain: boolean): Promise<void>
  close(): void
}

export class MqttRefused extends Error {
  /** Return code of CONNACK, if it refused. */
  readonly code: number | null
  /** Whether the broker may have received the message. */
  readonly handedOver: boolean
  readonly reason: string

  constructor(message: string, given: { code?: number; handedOver?: boolean; reason: string; cause?: unknown }) {
    super(message, { cause: given.cause })
    this.code = given.code ?? null
    this.handedOver = given.handedOver ?? false
    this.reason = given.reason
  }
}

/** Timeout of a whole exchange, milliseconds: connect and CONNACK, or PUBLISH and PUBACK. */
const DEADLINE = 15 * SECOND
/** Idle time after which the connection is closed; the next message opens one. */
const IDLE = 60 * SECOND

/**
 * One connection to one broker, opened on demand through the outbound guard. The library's automatic reconnect is off: it would bypass the
 * guard and the queue's retry table.
 */
export function createMqttLink(settings: MqttSettings, http: Http, deadlineMs = DEADLINE): MqttLink {
  const clientId = settings.clientId ?? `carillon-${Math.random().toString(16).slice(2, 12)}`
  let opening: Promise<MqttClient> | null = null
  let idle: NodeJS.Timeout | undefined

  function close(): void {
    clearTimeout(idle)
    void opening?.then(
      (client) => client.end(true),
      () => {},
    )
    opening = null
  }

  async function open(): Promise<MqttClient> {
    const { host, port, tls, username, password } = settings
    const where = serverOf(settings)
    // Loaded on demand: most hubs have no broker, and loading the library takes time.
    const library = await import('mqtt')
    const began = performance.now()
    const socket = await http.dial({ host, port, use: 'web', timeoutMs: deadlineMs, ...(tls && { tls: tlsOptions(settings) }) })
    const client = new library.MqttClient(() => socket, {
      clientId,
      protocolVersion: 4,
      clean: true,
      reconnectPeriod: 0,
      connectTimeout: deadlineMs,
      keepalive: 30,
      queueQoSZero: false,
      ...(username === undefined ? {} : { username }),
      ...(password === undefined ? {} : { password }),
    })
    client.setMaxListeners(0) // one per message in flight
    return new Promise((resolve, reject) => {
      // After a protocol error the broker keeps the connection open, but it is unusable.
      client.on('error', (error) => {
        clearTimeout(timer)
        reject(refused(where, error))
        client.end(true)
      })
      client.once('close', () => {
        clearTimeout(timer)
        reject(refused(where, null))
        client.end(true)
      })
      client.once('connect', () => {
        clearTimeout(timer)
        resolve(client)
      })
      const left = Math.max(deadlineMs - (performance.now() - began), 0)
      const timer = setTimeout(() => client.emit('error', new Error('No CONNACK in time')), left)
    })
  }

  const link = {
    async connect(again = true): Promise<MqttClient> {
      clearTimeout(idle)
      idle = setTimeout(close, IDLE).unref()
      opening ??= open()
      const mine = opening
      const forget = () => {
        if (opening === mine) opening = null
      }
      const client = await mine.catch((error: unknown) => {
        forget()
        throw error
      })
      if (client.connected) return client
      // The connection was lost since the last message; nothing was sent on it, so a new one may be opened at once.
      forget()
      if (again) return link.connect(false)
      throw refused(serverOf(settings), null)
    },
    async publish(topic: string, payload: string, retain: boolean): Promise<void> {
      const client = await link.connect()
      await new Promise<void>((resolve, reject) => {
        const lost = (reason: string) => () => {
          settle()
          reject(new MqttRefused(`${serverOf(settings)} did not confirm the message`, { reason, handedOver: true }))
        }
        const timer = setTimeout(lost('timeout'), deadlineMs)
        const onClose = lost('reset')
        const settle = () => {
          clearTimeout(timer)
          client.off('close', onClose)
        }
        client.once('close', onClose)
        client.publish(topic, payload, { qos: 1, retain }, (error) => {
          settle()
          if (error) reject(new MqttRefused(`${serverOf(settings)} did not accept the message`, { reason: 'reset', handedOver: true, cause: error }))
          else resolve()
        })
      })
    },
    close,
  }
  return link
}

const TLS = /CERT|SELF_SIGNED|TLS|SSL|ALTNAME|LEAF_SIGNATURE/

function refused(where: string, error: Error | null): MqttRefused {
  const code = member(error, 'code')
  if (typeof code === 'number') return new MqttRefused(`${where} refused the connection`, { reason: 'refused', code, cause: error })
  const name = typeof code === 'string' ? code : ''
  if (isNotTls(error))
    return new MqttRefused(`${where} does not speak TLS on this port: begin the address with mqtt://, or name the port for TLS (8883)`, {
      reason: 'tls',
      cause: error,
    })
  if (TLS.test(name)) return new MqttRefused(`The certificate of ${where} is not accepted: ${name}`, { reason: 'tls', cause: error })
  return new MqttRefused(`${where} gave no connection`, { reason: 'reset', cause: error })
}
