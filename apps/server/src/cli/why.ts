import { parseArgs } from 'node:util'
import { CarillonError, type Client, type Decision, type DeliverySummary } from '@carillon/client'
import type { Command } from './command.ts'
import { HUB_HELP, HUB_OPTIONS, hubClient } from './hub-client.ts'
import { operands } from './options.ts'
import { sendingHeld } from './sending-held.ts'
import { tellWhy, type Why, wentWrong } from './why-told.ts'

/** Deliveries that are read of one event: more than a person reads. */
const MOST = 1000

export const why: Command = {
  help: `carillon why <event> [<recipient>]

Shows what became of an event: for each recipient what was decided on each channel and why, where its deliveries are, and their last errors.
  <event>      its id, evt_…
  <recipient>  only this one: a user id, adr_… (a bare address) or con_… (a shared connection)
  --json       one JSON value on standard output
${HUB_HELP}

Exit code 0: nothing failed. 1: the event or a delivery failed, or nothing was decided about that recipient. docs/routing.md explains each reason.`,

  async run(args, env, io) {
    const { values, positionals } = parseArgs({
      args: [...args],
      allowPositionals: true,
      options: { ...HUB_OPTIONS, json: { type: 'boolean', default: false } },
    })
    const [id, recipient] = positionals.length < 2 ? operands(positionals, 'the id of the event') : operands(positionals, 'event', 'recipient')
    const hub = hubClient(values, env)
    const told = await read(hub, id ?? '', recipient)
    io.out(values.json ? JSON.stringify({ ...told, connections: undefined, wrong: wentWrong(told) }, null, 2) : tellWhy(told))
    return wentWrong(told) ? 1 : 0
  },
}

async function read(hub: Client, id: string, recipient: string | undefined): Promise<Why> {
  const of = recipient === undefined ? {} : { recipient }
  const {
    notifications: _n,
    deliveries: _d,
    ...event
  } = await hub.events.get(id).catch((error: unknown) => {
    if (!(error instanceof CarillonError) || error.code !== 'not_found') throw error
    throw new Error(`there is no event "${id}" on this hub: the id begins with evt_, and \`carillon send\` and POST /v1/events answer it (not_found)`, {
      cause: error,
    })
  })
  const decisions: Decision[] = []
  for await (const decision of hub.events.decisions(id, { ...of, fold: true, limit: 200 })) decisions.push(decision)
  const deliveries: DeliverySummary[] = []
  for await (const delivery of hub.deliveries.all({ ...of, event: id, limit: 200 })) {
    deliveries.push(delivery)
    if (deliveries.length >= MOST) break
  }
  const connections = new Map<string, string>()
  for await (const { id: connection, name } of hub.connections.all({ limit: 200 })) connections.set(connection, name)
  return { event, recipient: recipient ?? null, decisions, deliveries, connections, sendingHeld: await sendingHeld(hub, deliveries) }
}
