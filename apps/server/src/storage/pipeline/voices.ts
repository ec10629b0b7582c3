import { isAddressId } from '../../domain/address-id.ts'
import { stateLit } from '../delivery-states.ts'
import type { Trx } from '../schema.ts'

/** The newest deliveries of a connection that are looked through for another reporter, and those of one recipient for a success. */
const OF_CONNECTION = 5_000
const OF_RECIPIENT = 100

/**
 * Whether refusals that one application or person brought about may speak for a connection that all share: nobody else was served by it lately, so
 * nobody else is harmed when it is blocked; or each of the recipients was, so they are known to be good. Both reads are bounded, and made only when a
 * series of refusals is full.
 */
export async function speaksForAll(trx: Trx, connection: string, voice: string, recipients: readonly string[]): Promise<boolean> {
  return !(await servesOthers(trx, connection, voice)) || (await allServed(trx, connection, recipients))
}

/** Events of the hub itself, and those from before it wrote the reporter down, count for nobody. */
async function servesOthers(trx: Trx, connection: string, voice: string): Promise<boolean> {
  const newest = trx.selectFrom('deliveries').select(['event', 'state']).where('connection_id', '=', connection).orderBy('id', 'desc').limit(OF_CONNECTION)
  const other = await trx
    .selectFrom(newest.as('newest'))
    .innerJoin('events', 'events.n', 'newest.event')
    .select('events.n')
    .where('newest.state', '=', stateLit('sent'))
    .where('events.reporter', 'is not', null)
    .where('events.reporter', '<>', voice)
    .limit(1)
    .executeTakeFirst()
  return other !== undefined
}

async function allServed(trx: Trx, connection: string, recipients: readonly string[]): Promise<boolean> {
  for (const recipient of recipients) {
    const newest = isAddressId(recipient) ? ofAddress(trx, recipient) : ofUser(trx, recipient)
    const served = await trx
      .selectFrom(newest.as('newest'))
      .select('newest.state')
      .where('newest.connection_id', '=', connection)
      .where('newest.state', '=', stateLit('sent'))
      .limit(1)
      .executeTakeFirst()
    if (served === undefined) return false
  }
  return true
}

/** The condition of the index `deliveries_recipient`. */
const ofAddress = (trx: Trx, recipient: string) =>
  trx
    .selectFrom('deliveries')
    .select(['connection_id', 'state'])
    .where('recipient', '=', recipient)
    .where('notification', 'is', null)
    .orderBy('id', 'desc')
    .limit(OF_RECIPIENT)

/** By the notification: an event to a topic has as many deliveries as people. */
const ofUser = (trx: Trx, userId: string) =>
  trx
    .selectFrom('notifications as x')
    .innerJoin('deliveries as d', 'd.notification', 'x.n')
    .select(['d.connection_id', 'd.state'])
    .where('x.user_id', '=', userId)
    .orderBy('x.n', 'desc')
    .limit(OF_RECIPIENT)
