import type { Connection } from '../domain/connection.ts'
import type { EventType } from '../domain/event-type.ts'
import { newId } from '../domain/id.ts'
import type { Json, JsonObject } from '../domain/json.ts'
import type { Clock } from '../domain/time.ts'
import { MINUTE, SECOND } from '../domain/time.ts'
import { DeliveryError } from '../providers/delivery-error.ts'
import type { Http, Provider, SendJob } from '../providers/provider.ts'
import type { Renderer } from '../rendering/render.ts'
import { mapMarked } from '../security/marked-fields.ts'
import { MASK } from '../security/secret-fields.ts'

export interface TestFailure {
  field: string
  message: string
  severity: 'error' | 'warning'
  code: string
}

export interface TestResult {
  sent: string[]
  failures: TestFailure[]
  /** What it says about the connection; absent when it says something about its recipient only. */
  health?: { error: string | null }
}

export interface ConnectionTestParts {
  http: Http
  clock: Clock
  scripts?: SendJob<JsonObject, JsonObject>['scripts']
  logLine?: SendJob<JsonObject, JsonObject>['logLine']
  render: Renderer['message']
  eventType(key: string): EventType | undefined
}

/** What is tried; without a destination the provider is only asked whether its settings work. */
export type Tried = Pick<Connection, 'settings' | 'events' | 'personal' | 'destination'>

/** The deadline of one sample message. */
const DEADLINE = 10 * SECOND
/** No further sample is begun after this: somebody waits in front of a form. */
const PATIENCE = MINUTE

/**
 * Sends one real sample message for each event type that a connection hears, in order, or one general message when it names none.
 * Without a destination only `verify` is asked. The first failure ends it: what refuses one message refuses the others too.
 */
export function createConnectionTest({ http, clock, scripts, logLine, render, eventType }: ConnectionTestParts) {
  const hurried: Http = {
    request: (url, request = {}) => http.request(url, { ...request, deadlineMs: Math.min(request.deadlineMs ?? DEADLINE, DEADLINE) }),
    resolve: http.resolve,
  }

  return async function test(provider: Provider, connection: Tried): Promise<TestResult> {
    const { settings, destination, personal } = connection
    // As in deliver.ts: where each person names a server of their own, its failures are not the connection's.
    const answers = destination === null || !personal || provider.capabilities.target !== 'destination'
    const sent: string[] = []
    const began = clock()
    try {
      if (destination === null) await within(DEADLINE, provider.verify?.({ settings, http: hurried }))
      else await sendSamples(destination)
      return { sent, failures: [], ...(answers && { health: { error: null } }) }
    } catch (error) {
      const known = error instanceof DeliveryError ? error : null
      const failure = failureOf(error, provider, settings, destination)
      const blamed = answers && known?.scope === 'target' && known.status !== 429
      return { sent, failures: [failure], ...(blamed && { health: { error: failure.message } }) }
    }

    async function sendSamples(to: JsonObject): Promise<void> {
      for (const type of samplesOf(connection)) {
        if (clock() - began >= PATIENCE)
          throw new DeliveryError('temporary', 'The samples before took too long; this one was not sent', { code: 'timeout', scope: 'message' })
        await within(DEADLINE, send(provider, settings, to, type))
        sent.push(type.key)
      }
    }
  }

  function samplesOf({ events }: Pick<Connection, 'events'>): EventType[] {
    const named = events.flatMap(({ type }) => eventType(type) ?? [])
    return named.length > 0 ? named : [eventType('test')!]
  }

  async function send(provider: Provider, settings: JsonObject, destination: JsonObject, type: EventType): Promise<void> {
    const { format, title, body, unit, actions, fields } = provider.capabilities
    const now = clock()
    const data = type.sample ?? {}
    const message = render({
      event: { id: newId('evt', now), type: type.key, data, tags: [], url: null, severity: type.severity, priority: type.priority, createdAt: now },
      eventType: type,
      channel: provider.channel,
      format,
      limits: {
        ...(title && { title }),
        ...(body && { body }),
        ...(unit && { unit }),
        ...(actions !== undefined && { actions }),
        ...(fields !== undefined && { fields }),
      },
      recipient: {},
      test: true,
    })
    const delivery = { id: newId('dlv', now), attempt: 1, createdAt: now }
    await provider.send({ settings, destination, message, delivery, http: hurried, clock, scripts, logLine })
  }
}

/** Providers with sockets of their own have longer deadlines than somebody waits in front of a form. */
function within(ms: number, work: Promise<unknown> = Promise.resolve()): Promise<void> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => reject(new DeliveryError('temporary', `No answer within ${ms / SECOND} s`, { code: 'timeout' })), ms)
    work
      .then(
        () => resolve(),
        (error: unknown) => reject(error instanceof Error ? error : new Error(String(error))),
      )
      .finally(() => clearTimeout(timer))
  })
}

const NETWORK = new Set(['dns', 'refused', 'reset', 'timeout', 'tls', 'redirect', 'address_not_allowed', 'unreachable_host'])
const SERVERS = ['server', 'host', 'apiUrl', 'url', 'webhookUrl', 'topic']

/** Which field has to be mended: the server for what the network says, the secret for what the door says, else none. */
function failureOf(error: unknown, provider: Provider, settings: JsonObject, destination: JsonObject | null): TestFailure {
  const known =
    error instanceof DeliveryError ? error : new DeliveryError('temporary', error instanceof Error ? error.message : String(error), { code: 'provider_bug' })
  const scrub = scrubber([...secretsOf(provider.settings, settings), ...secretsOf(provider.destination, destination ?? {})])
  return { field: fieldOf(known, provider, settings, destination ?? {}), message: scrub(known.message), severity: 'error', code: known.code }
}

function fieldOf({ code, failure }: DeliveryError, provider: Provider, settings: JsonObject, destination: JsonObject): string {
  if (NETWORK.has(code)) {
    const server = SERVERS.find((name) => name in settings)
    if (server !== undefined) return `/settings/${server}`
    const address = SERVERS.find((name) => name in destination)
    return address === undefined ? '' : `/destination/${address}`
  }
  if (failure === 'misconfigured' || failure === 'unreachable') {
    const own = firstSecret(provider.settings, settings)
    if (failure === 'misconfigured' && own !== null) return `/settings${own}`
    const theirs = firstSecret(provider.destination, destination) ?? Object.keys(destination).map((name) => `/${name}`)[0]
    return theirs === undefined ? '' : `/destination${theirs}`
  }
  return ''
}

function firstSecret(schema: object, value: JsonObject): string | null {
  let first: string | null = null
  mapMarked(schema, 'x-secret', value, (secret, pointer) => {
    first ??= pointer
    return secret
  })
  return first
}

function secretsOf(schema: object, value: JsonObject): string[] {
  const texts: string[] = []
  const collect = (secret: Json): void => {
    if (typeof secret === 'string' && secret.length >= 4) texts.push(secret)
    else if (typeof secret === 'object' && secret !== null) for (const inner of Object.values(secret)) collect(inner)
  }
  mapMarked(schema, 'x-secret', value, (secret) => {
    collect(secret)
    return secret
  })
  return texts
}

const scrubber = (secrets: string[]) => (text: string) => secrets.reduce((shown, secret) => shown.replaceAll(secret, MASK), text)
