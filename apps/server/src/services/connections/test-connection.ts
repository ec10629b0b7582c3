import { asDeliveryError } from '../../delivery/attempt.ts'
import type { Connection } from '../../domain/connection.ts'
import type { EventType } from '../../domain/event-type.ts'
import { newId } from '../../domain/id.ts'
import type { JsonObject } from '../../domain/json.ts'
import { unknownSubscriptions } from '../../domain/subscriptions.ts'
import type { Clock } from '../../domain/time.ts'
import { MINUTE } from '../../domain/time.ts'
import type { Http, KeptSecrets, Provider, SendJob } from '../../providers/kit/contract.ts'
import { DeliveryError } from '../../providers/kit/delivery-error.ts'
import type { Renderer } from '../../rendering/render.ts'
import { hideSecrets } from '../../security/scrub.ts'
import { retryOnce429, scriptsWithDeadline, withDeadline, withinDeadline } from './deadline.ts'
import { blameRecipientField, type TestFailure, testFailureOf, unknownSubscription, warningsOf } from './test-failure.ts'
import { type Sample, samplesOf } from './test-samples.ts'

export interface TestResult {
  sent: string[]
  failures: TestFailure[]
  /** The result for the connection's health; absent when it says something about its recipient only. */
  health?: { error: string | null }
}

export interface ConnectionTestParts {
  http: Http
  /** The stored secrets of a saved connection. */
  kept?(id: string): KeptSecrets
  clock: Clock
  scripts?: SendJob<JsonObject, JsonObject>['scripts']
  logLine?: SendJob<JsonObject, JsonObject>['logLine']
  render: Renderer['message']
  eventType(key: string): EventType | undefined
}

/** The form under test, as an object of its own; without a destination the provider only verifies its settings. `id`: the saved connection that it is. */
export type Tried = Pick<Connection, 'settings' | 'events' | 'personal' | 'destination'> & { id?: string }

/** No further sample begins after this time: a person waits in front of a form. */
const PATIENCE = MINUTE

/**
 * Sends one real sample message for each event type that a connection subscribes to, in order, or one general message when it names none.
 * Without a destination only `verify` is called. The first failure ends it: the cause of one failure refuses the other samples too.
 */
export function createConnectionTest({ http, kept: keptOf, clock, scripts, logLine, render, eventType }: ConnectionTestParts) {
  const door = withDeadline(http)
  const programs = scripts && scriptsWithDeadline(scripts)

  return async function test(provider: Provider, connection: Tried): Promise<TestResult> {
    const { id, settings, destination, personal } = connection
    const kept = id === undefined ? undefined : keptOf?.(id)
    // As in deliver.ts: where each person names their own server, its failures are not the connection's.
    const answers = destination === null || !personal || !provider.ownTarget(destination)
    const unknown = unknownSubscriptions(connection, (key) => eventType(key) !== undefined)
    const warnings = [...warningsOf(provider, connection), ...unknown.map(unknownSubscription)].map((one) => blameRecipientField(one, personal))
    const sent: string[] = []
    const began = clock()
    try {
      if (destination === null) await withinDeadline(Promise.resolve(provider.verify?.({ settings, http: door, clock, kept })))
      else await sendSamples(destination)
      return { sent, failures: warnings, ...(answers && { health: { error: null } }) }
    } catch (error) {
      const failure = blameRecipientField(testFailureOf(error, provider, { settings, destination }), personal)
      const { scope, throttled, message } = asDeliveryError(error, connection, (text) =>
        hideSecrets(text, provider, { settings, destination: destination ?? {} }),
      )
      const blamed = answers && scope === 'target' && throttled === undefined
      return { sent, failures: [failure, ...warnings], ...(blamed && { health: { error: message } }) }
    } finally {
      // Nothing else uses these settings: their pools or HTTP/2 connections would stay open until they are idle.
      await provider.dispose(settings)
    }

    async function sendSamples(to: JsonObject): Promise<void> {
      for (const type of samplesOf(connection.events, eventType)) {
        if (clock() - began >= PATIENCE)
          throw new DeliveryError('temporary', 'The samples before took too long; this one was not sent', { code: 'timeout', scope: 'message' })
        await retryOnce429(() => send(provider, settings, to, type, kept))
        sent.push(type.key)
      }
    }
  }

  async function send(provider: Provider, settings: JsonObject, destination: JsonObject, type: Sample, kept: KeptSecrets | undefined): Promise<void> {
    const now = clock()
    const message = render({
      event: {
        id: newId('evt', now),
        type: type.key,
        data: type.sample,
        tags: [],
        url: null,
        severity: type.severity,
        priority: type.priority,
        createdAt: now,
      },
      eventType: type,
      channel: provider.channel,
      format: provider.capabilities.format,
      limits: provider.capabilities,
      recipient: {},
      test: true,
    })
    const delivery = { id: newId('dlv', now), attempt: 1, createdAt: now }
    await provider.send({ settings, destination, message, delivery, http: door, kept, clock, scripts: programs, logLine })
  }
}
