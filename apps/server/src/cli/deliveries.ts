import { parseArgs } from 'node:util'
import { CarillonError, type Client, type DeliverySummary } from '@carillon/client'
import { cut } from '../domain/cut.ts'
import { DELIVERY_STATES } from '../domain/delivery.ts'
import { didYouMean } from '../domain/nearest.ts'
import type { Command } from './command.ts'
import { connectionNamed } from './connection-named.ts'
import { HUB_HELP, HUB_OPTIONS, hubClient } from './hub-client.ts'
import { operands, timeOption, wholeNumber, wordOption } from './options.ts'
import { noteHeldSending } from './sending-held.ts'
import { table } from './table.ts'

/** Characters of an error in the table; `--json` has all of it. */
const REMARK = 90

export const deliveries: Command = {
  help: `carillon deliveries [--state <state>] [--since <time>] [--event <id>] [--user <id>] [--channel <channel>] [--connection <id or name>]

Lists the deliveries of a running hub, newest first.
  --state <state>       ${DELIVERY_STATES.join(', ')}
  --since <time>        planned since then: an age (30m, 2h, 3d) or a time (2026-05-01T08:00:00Z)
  --event <id>          of one event
  --user <id>           to one user
  --channel <channel>   on one channel
  --connection <which>  through one connection, by its id or name
  --limit <number>      at most so many, 1 to 10000 (50)
  --json                one JSON value on standard output
${HUB_HELP}

Exit code 0, also when there is none; 1 when the channel, user, event or connection does not exist. \`carillon why <event>\` shows the decisions behind them.`,

  async run(args, env, io) {
    const { values, positionals } = parseArgs({
      args: [...args],
      allowPositionals: true,
      options: {
        ...HUB_OPTIONS,
        state: { type: 'string' },
        since: { type: 'string' },
        event: { type: 'string' },
        user: { type: 'string' },
        channel: { type: 'string' },
        connection: { type: 'string' },
        limit: { type: 'string', default: '50' },
        json: { type: 'boolean', default: false },
      },
    })
    operands(positionals)
    const limit = wholeNumber('limit', values.limit, 1, 10_000)
    const { state, since, event, user, channel } = values
    const filter = {
      ...(state !== undefined && { state: wordOption('state', state, DELIVERY_STATES) }),
      ...(since !== undefined && { since: timeOption('since', since, Date.now()) }),
      ...(event !== undefined && { event }),
      ...(user !== undefined && { user }),
      ...(channel !== undefined && { channel }),
    }
    const hub = hubClient(values, env)
    const through = values.connection === undefined ? {} : { connection: (await connectionNamed(hub, values.connection)).id }
    const found: DeliverySummary[] = []
    for await (const delivery of hub.deliveries.all({ ...filter, ...through, limit: Math.min(limit, 200) })) {
      found.push(delivery)
      if (found.length >= limit) break
    }
    if (found.length === 0) await refuseUnknown(hub, filter)
    io.out(values.json ? JSON.stringify(found, null, 2) : await listed(hub, found, limit))
    await noteHeldSending(hub, found, io)
    return 0
  },
}

/** A misspelt name finds nothing, which looks as if nothing had failed. Throws for a channel, user or event that the hub does not have. */
async function refuseUnknown(hub: Client, { channel, user, event }: { channel?: string; user?: string; event?: string }): Promise<void> {
  if (channel !== undefined) {
    const names = (await hub.channels.list()).items.map((one) => one.channel)
    if (!names.includes(channel)) throw new Error(`there is no channel "${channel}"${didYouMean(channel, names)}`)
  }
  if (user !== undefined) await hub.users.get(user).catch(asMissing(`there is no user "${user}"`))
  if (event !== undefined) await hub.events.get(event).catch(asMissing(`there is no event "${event}"`))
}

const asMissing = (sentence: string) => (error: unknown) => {
  throw error instanceof CarillonError && error.code === 'not_found' ? new Error(`${sentence} on this hub (not_found)`, { cause: error }) : error
}

async function listed(hub: Client, found: readonly DeliverySummary[], limit: number): Promise<string> {
  if (found.length === 0) return 'There is no such delivery.'
  const names = new Map<string, string>()
  for await (const { id, name } of hub.connections.all({ limit: 200 })) names.set(id, name)
  const rows = found.map((one) => [
    one.createdAt,
    one.id,
    one.eventId,
    names.get(one.recipient) ?? one.recipient,
    one.channel,
    one.connection === null ? '-' : (names.get(one.connection) ?? one.connection),
    one.state,
    String(one.attempts),
    cut(one.error ?? one.heldFor ?? '', REMARK, 'points'),
  ])
  const text = table(['PLANNED', 'DELIVERY', 'EVENT', 'RECIPIENT', 'CHANNEL', 'CONNECTION', 'STATE', 'ATTEMPTS', 'REMARK'], rows)
  return found.length < limit ? text : `${text}\n\nThese are the newest ${limit}; --limit shows more.`
}
