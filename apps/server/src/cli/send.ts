import { parseArgs } from 'node:util'
import { PRIORITIES, SEVERITIES } from '../domain/event-type.ts'
import type { Command } from './command.ts'
import { HUB_HELP, HUB_OPTIONS, hubClient } from './hub-client.ts'
import { wholeNumber } from './options.ts'
import { outcomeOf, tellOutcome } from './send-outcome.ts'
import { REPORT_OPTIONS, toReport } from './send-report.ts'
import { noteHeldSending } from './sending-held.ts'

export const send: Command = {
  help: `carillon send --type <event type> --to <user>… [--data <json>]        an event
carillon send --title <text> --body <markdown> --to <user>…           a message without an event type

Reports one event to a running hub. Exit code 0 means that the event is on the hub's disk.
  --to <user>             a user id; this and the next two are repeatable and can be combined
  --to-topic <topic>      every subscriber of the topic
  --to-email <address>    a bare address without a user
  --to-all                every active user
  --to-rooms              no recipients: an event for the subscribed shared connections only
  --data <json>           '{"project":"web"}', checked against the schema of the event type
  --channel <channel>     only on these channels; repeatable
  --severity <word>       ${SEVERITIES.join(', ')}
  --priority <word>       ${PRIORITIES.join(', ')}
  --actor <user>          who caused it; is not notified
  --tag <tag>             for shared connections that filter by tag; repeatable
  --link <address>        address that the message links to
  --dedup-key <text>      events with the same key notify each recipient once
  --send-at <time>        RFC 3339 with offset, 2026-05-01T08:00:00+02:00
  --expires-at <time>     not sent after this
  --idempotency-key <k>   sending again with the same key within 24 h reports nothing new
  --wait                  wait until all deliveries have ended, show them and the trace; exit code 1 on a failure or timeout
  --timeout <seconds>     how long --wait waits, 1 to 3600 (30)
  --json                  one JSON value on standard output
${HUB_HELP}`,

  async run(args, env, io) {
    const { values } = parseArgs({
      args: [...args],
      options: {
        ...HUB_OPTIONS,
        ...REPORT_OPTIONS,
        'idempotency-key': { type: 'string' },
        wait: { type: 'boolean', default: false },
        timeout: { type: 'string', default: '30' },
        json: { type: 'boolean', default: false },
      },
    })
    const report = toReport(values)
    const seconds = wholeNumber('timeout', values.timeout, 1, 3600)
    const hub = hubClient(values, env)
    const { events } = hub
    const { 'idempotency-key': idempotencyKey } = values
    const options = idempotencyKey === undefined ? {} : { idempotencyKey }
    const { id } = 'type' in report ? await events.report(report, options) : await events.notify(report, options)
    if (!values.wait) {
      io.out(values.json ? JSON.stringify({ id }) : id)
      // On standard error, so that a script that reads the id reads nothing else.
      if (!values.json) io.err(`It is on the hub's disk. \`carillon why ${id}\` shows who gets it, and who does not and why; --wait waits for that.`)
      return 0
    }
    const outcome = await outcomeOf(hub, id, seconds)
    io.out(values.json ? JSON.stringify(outcome, null, 2) : tellOutcome(outcome))
    await noteHeldSending(hub, outcome.deliveries, io)
    return outcome.result === 'done' ? 0 : 1
  },
}
