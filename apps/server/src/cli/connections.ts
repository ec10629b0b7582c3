import { parseArgs } from 'node:util'
import { CarillonError, type Client, type Connection, type ConnectionTest, type JsonObject } from '@carillon/client'
import { cut } from '../domain/cut.ts'
import { didYouMean } from '../domain/nearest.ts'
import { type Command, UsageError } from './command.ts'
import { connectionNamed } from './connection-named.ts'
import { HUB_HELP, HUB_OPTIONS, hubClient } from './hub-client.ts'
import { jsonOption, operands } from './options.ts'
import { table } from './table.ts'

/** Characters of an error in the table; `--json` has all of it. */
const REMARK = 110

export const connections: Command = {
  help: `carillon connections [list]
carillon connections test <id or name> [--to <address or json>]

Lists the connections of a running hub with their state and last error, or tests one with a real sample message.
  --to <address>  where the sample of a personal connection goes: an address, or the destination as JSON ('{"url":"https://example.com/hook"}')
  --json          one JSON value on standard output
${HUB_HELP}

Exit code of test 0: every sample was accepted. 1: not; each line names the field to correct.`,

  async run(args, env, io) {
    const { values, positionals } = parseArgs({
      args: [...args],
      allowPositionals: true,
      options: { ...HUB_OPTIONS, to: { type: 'string' }, json: { type: 'boolean', default: false } },
    })
    const [action = 'list', ...rest] = positionals
    const say = (value: unknown, text: string) => io.out(values.json ? JSON.stringify(value, null, 2) : text)
    switch (action) {
      case 'list': {
        operands(rest)
        const all: Connection[] = []
        for await (const connection of hubClient(values, env).connections.all({ limit: 200 })) all.push(connection)
        say(all, all.length === 0 ? 'There is no connection: the hub writes messages to its log. docs/connections.md shows how to make one.' : listed(all))
        return 0
      }
      case 'test': {
        const [given = ''] = operands(rest, 'the id or name of the connection')
        const hub = hubClient(values, env)
        const connection = await connectionNamed(hub, given)
        const to = values.to === undefined ? {} : { to: await destination(hub, connection, values.to) }
        const result = await hub.connections.test(connection.id, to).catch((error: unknown) => {
          const asked = values.to === undefined && error instanceof CarillonError && error.errors.some(({ pointer }) => pointer === '/to')
          throw asked
            ? new Error(`--to is missing (/to of the request): ${connection.name} (${connection.provider}) can only be tested by sending to somebody`)
            : error
        })
        say(result, told(connection, result))
        return result.ok ? 0 : 1
      }
      default:
        throw new UsageError(`there is no \`connections ${action}\`${didYouMean(action, ['list', 'test'])}; list, test`)
    }
  },
}

/** `--to` as the form of the provider wants it: JSON, or the value of its first field that must be filled in. */
async function destination(hub: Pick<Client, 'providers'>, { provider, channel }: Connection, text: string): Promise<JsonObject> {
  if (text.trimStart().startsWith('{')) return jsonOption('to', text)
  const form = (await hub.providers.list()).items.find(({ id }) => id === provider)?.destination
  const { required, properties } = { required: form?.['required'], properties: form?.['properties'] }
  const field = Array.isArray(required) ? required[0] : typeof properties === 'object' && properties !== null ? Object.keys(properties)[0] : undefined
  if (typeof field !== 'string') throw new UsageError(`--to must be the destination as JSON: the form of ${provider} (${channel}) has no single field`)
  return { [field]: text }
}

const listed = (all: readonly Connection[]): string =>
  table(
    ['ID', 'NAME', 'PROVIDER', 'CHANNEL', 'FOR', 'STATE', 'SINCE', 'LAST ERROR'],
    all.map(({ id, name, provider, channel, personal, health, warnings }) => [
      id,
      name,
      provider,
      channel,
      personal ? 'people' : 'shared',
      health.until === null ? health.state : `${health.state} until ${health.until}`,
      health.since ?? '-',
      cut(health.lastError ?? warnings[0]?.message ?? '', REMARK, 'points'),
    ]),
  )

function told({ id, name, provider }: Connection, { ok, sent, failures }: ConnectionTest): string {
  const samples = sent.length === 0 ? '' : ` (accepted: ${sent.join(', ')})`
  const verdict = `${name} (${id}, ${provider}) ${ok ? `works${samples}.` : 'does not work:'}`
  const lines = failures.map(({ field, message, severity, code }) => `  ${severity}  ${field === '' ? '' : `${field} `}${message} (${code})`)
  return [verdict, ...lines].join('\n')
}
