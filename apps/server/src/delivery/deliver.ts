import type { AlikeRefusals, Refusal, Through } from '../domain/connection.ts'
import { counted } from '../domain/counted.ts'
import type { JsonObject } from '../domain/json.ts'
import type { Message } from '../domain/message.ts'
import { type Millis, SECOND } from '../domain/time.ts'
import type { Provider } from '../providers/kit/contract.ts'
import { DeliveryError } from '../providers/kit/delivery-error.ts'
import type { Doors, TryResult } from './attempt.ts'
import type { Job } from './job.ts'
import { blameFor, likenessOf } from './likeness.ts'
import { sendOn } from './one-connection.ts'
import { type AttemptRecord, ended, type HealthReport, heldBack, noOutcome, type Outcome } from './outcome.ts'
import { nextAttemptAt } from './retry.ts'
import { troubleOf } from './trouble.ts'

export interface DeliverParts extends Doors {
  random: () => number
  provider(id: string): Provider | undefined
  /** Refusals of this connection in a row that are alike, as far as this node knows; absent = none. */
  alike?(connectionId: string): AlikeRefusals | undefined
}

/** Renders for one provider. It throws errors that `renderFailed` explains. */
export type RenderFor = (provider: Provider) => Message

/**
 * One attempt: the connections of the channel in their order; the first that accepts ends it. `temporary` and `misconfigured` go on to the next
 * connection in the same attempt, except when the vendor may already have accepted. A message that a vendor refuses for its size or for a part of it
 * is sent once more without (`one-connection.ts`). Otherwise it ends in a retry by the table, a switched-off destination, or the dead letters.
 */
export async function deliver(job: Job, connections: readonly Through[], render: RenderFor, parts: DeliverParts): Promise<Outcome> {
  const unsent = withoutAttempt(job, parts)
  if (unsent !== null) return unsent

  const tries: AttemptRecord[] = []
  const health: HealthReport[] = []
  let message: Message | null = null
  let last: DeliveryError | null = null
  /** A failure that may pass, on a connection before the last one. */
  let later: DeliveryError | null = null
  let table: readonly Millis[] | undefined

  const usable = connections.flatMap((connection) => {
    const provider = parts.provider(connection.provider)
    return provider === undefined ? [] : [{ connection, provider }]
  })
  for (const [i, { connection, provider }] of usable.entries()) {
    table = provider.capabilities.retries ?? table
    try {
      message = render(provider)
    } catch (error) {
      // The results of the connections before this one are kept. Without any, the failure of this look is thrown.
      if (last === null) throw error
      tries.push({ ...tries.pop()!, outcome: 'failed' })
      break
    }
    const destination = job.destination ?? connection.destination ?? {}
    const sent = await sendOn({ job, connection, provider, destination, message, render }, parts)
    const { result } = sent
    message = sent.message
    const own = connection.personal && (provider.ownTarget(destination) || (job.namedBy === 'person' && result.error?.code === REFUSED))
    const target = own ? job.destinationId : connection.id
    if (result.error === undefined) {
      health.push({ target, error: null, at: result.at })
      tries.push(record(connection, result, 'sent'))
      return { ...noOutcome(job), state: 'sent', tries, health, message, externalId: result.receipt.externalId ?? null }
    }
    const refusal = target === connection.id && connection.personal ? refusalOf(job, result.error, destination) : null
    const blame = refusal && blameFor(parts.alike?.(connection.id), refusal)
    last = blame ? blaming(result.error, blame) : result.error
    if (refusal !== null && blame === null) health.push({ target, error: last.message, at: result.at, refusal })
    const blamed = last.throttled === 'connection' || last.code === PROXY ? connection.id : target
    if (last.scope === 'target') {
      // Several connections that lead to one address of a person have failed once.
      const before = health.findIndex((report) => own && report.target === blamed)
      if (before >= 0) health.splice(before, 1)
      health.push({
        target: blamed,
        error: last.message,
        trouble: troubleOf(last),
        ...(last.field !== undefined && { field: last.field }),
        at: result.at,
        ...pauseOf(last),
      })
    }
    const goesOn = (last.failure === 'temporary' || last.failure === 'misconfigured') && !last.maybeDelivered
    if (!goesOn || i === usable.length - 1) {
      tries.push(record(connection, { ...result, error: last }, 'failed'))
      break
    }
    tries.push(record(connection, { ...result, error: last }, 'failover'))
    if (last.failure === 'temporary') later = last
  }
  // When the last connection rejects the message, an earlier one that failed temporarily may still deliver it later.
  return concluded(job, last?.failure === 'rejected' ? (later ?? last) : last, { tries, health, message, table }, parts)
}

function refusalOf(job: Job, error: DeliveryError, destination: JsonObject): Refusal | null {
  const likeness = likenessOf(error, destination)
  const { id, eventId, destinationId, recipient, event } = job
  const by = event.reporter === null ? {} : { reporter: event.reporter }
  const ofRecipient = error.failure === 'unreachable' || error.about === 'recipient'
  return likeness === null ? null : { likeness, ofRecipient, delivery: id, destination: destinationId, recipient, event: eventId, ...by }
}

/** The same answer, taken for a fault of the connection: the delivery is not given up. */
const blaming = ({ message, code, status, cause }: DeliveryError, blame: 'connection' | 'message'): DeliveryError =>
  new DeliveryError('misconfigured', `Different recipients in a row were refused alike, so ${BLAMED[blame]}: ${message}`, {
    code,
    status,
    cause,
    scope: blame === 'connection' ? 'target' : 'message',
  })

const BLAMED = { connection: 'the connection is taken to be at fault', message: 'it is tried again' } as const

/** The guard refused an address that a person named, which is never the fault of a connection. */
const REFUSED = 'address_not_allowed'
/** The proxy of the connection, or of the hub, failed itself: no address of a person is to blame. */
const PROXY = 'proxy'

const UNREADABLE =
  'The secrets of the destination do not open: this node lacks the key that encrypted them, which `carillon doctor` names, or it must be stored again'

/** The outcome of a delivery that is not to be sent now; null when it is to be sent. */
function withoutAttempt(job: Job, parts: Pick<DeliverParts, 'clock' | 'random'>): Outcome | null {
  const now = parts.clock()
  if (job.expiresAt !== null && job.expiresAt <= now)
    return ended(job, 'expired', { code: 'expired', sentence: 'It expired before it could be delivered' }, now)
  if (job.unreadable) return tryLater(job, { code: 'destination_unreadable', sentence: UNREADABLE }, parts)
  const { verdict } = job
  switch (verdict.decision) {
    case 'deliver':
      return null
    case 'hold':
      return heldBack(job, verdict.reason, verdict.until)
    case 'skip':
      return ended(job, 'suppressed', { code: verdict.reason, sentence: 'No longer wanted or possible when the attempt began' }, now)
  }
}

/** A 429 applies to everything sent to that target, not only this message. Without a time from the vendor the pause is a few seconds. */
const pauseOf = ({ throttled, retryAfterMs }: DeliveryError): Pick<HealthReport, 'pauseMs'> =>
  throttled === undefined ? {} : { pauseMs: retryAfterMs ?? PAUSE }

const PAUSE: Millis = 5 * SECOND

/** No connection accepted it: retry later, or fail. */
function concluded(
  job: Job,
  error: DeliveryError | null,
  rest: Pick<Outcome, 'tries' | 'health' | 'message'> & { table: readonly Millis[] | undefined },
  { clock, random }: DeliverParts,
): Outcome {
  const { table, ...kept } = rest
  const outcome: Outcome = { ...noOutcome(job), ...kept, state: 'failed', error: error && { code: error.code, sentence: error.message } }
  if (error === null) return { ...outcome, error: { code: 'no_connection', sentence: 'No connection of the channel could be used' } }
  if (error.failure === 'unreachable')
    return { ...outcome, unreachable: error.message, ...(error.goneSince === undefined ? {} : { goneSince: error.goneSince }) }
  if (error.failure === 'rejected') return outcome

  const now = clock()
  const at = nextAttemptAt({ attempt: job.attempts - job.attemptsBefore, now, random, retryAfterMs: error.retryAfterMs, ...(table ? { table } : {}) })
  if (at === null)
    return { ...outcome, error: { code: 'exhausted', sentence: `Given up after ${counted(job.attempts, 'attempt')}; the last one: ${error.message}` } }
  if (job.expiresAt !== null && at >= job.expiresAt) return { ...outcome, state: 'expired' }
  const tries = kept.tries.map((one, i) => (i === kept.tries.length - 1 ? { ...one, outcome: 'retry' as const } : one))
  return { ...outcome, tries, state: 'queued', dueAt: at, settled: error.settled ?? null }
}

/** A template that exceeds a limit may work when the machine is less busy. A broken one does not repair itself. */
export function renderFailed(job: Job, cause: { kind: 'limit' | 'template'; message: string }, parts: Pick<DeliverParts, 'clock' | 'random'>): Outcome {
  const error = { code: `render_${cause.kind}`, sentence: cause.message }
  return cause.kind === 'limit' ? tryLater(job, error, parts) : ended(job, 'failed', error, parts.clock())
}

/**
 * For what fails before a connection is asked, and not for ever: a secret that does not open here may open on another node, or on this one after its
 * restart with the key.
 */
export function tryLater(job: Job, error: NonNullable<Outcome['error']>, { clock, random }: Pick<DeliverParts, 'clock' | 'random'>): Outcome {
  const now = clock()
  const at = nextAttemptAt({ attempt: job.attempts - job.attemptsBefore, now, random })
  const outcome = ended(job, 'failed', error, now)
  return at === null ? outcome : { ...outcome, state: 'queued', dueAt: at, tries: outcome.tries.map((one) => ({ ...one, outcome: 'retry' })) }
}

const record = (connection: Through, { at, ms, error, receipt }: TryResult, outcome: AttemptRecord['outcome']): AttemptRecord => ({
  connectionId: connection.id,
  at,
  ms,
  outcome,
  code: error?.code ?? null,
  status: error?.status ?? null,
  detail: error?.message ?? receipt?.note ?? null,
})
