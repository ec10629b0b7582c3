import { parseArgs } from 'node:util'
import type { User, UserInput } from '@carillon/client'
import { didYouMean } from '../domain/nearest.ts'
import { type Command, UsageError } from './command.ts'
import { HUB_HELP, HUB_OPTIONS, hubClient } from './hub-client.ts'
import { jsonOption, operands, wholeNumber } from './options.ts'
import { table } from './table.ts'

const OPTIONS = {
  ...HUB_OPTIONS,
  email: { type: 'string' },
  name: { type: 'string' },
  locale: { type: 'string' },
  timezone: { type: 'string' },
  data: { type: 'string' },
  active: { type: 'boolean' },
  'expires-in': { type: 'string' },
  json: { type: 'boolean', default: false },
} as const

export const users: Command = {
  help: `carillon users list
carillon users show <id>
carillon users put <id> [--email …] [--name …] [--locale …] [--timezone …] [--data <json>] [--active | --no-active]
carillon users delete <id>
carillon users token <id> [--expires-in <seconds>]

Manages the users of a running hub.
  put        creates or changes a user: omitted fields are kept, an empty text clears
  delete     removes the user with addresses, preferences and subscriptions; sent deliveries stay in the log
  token      a short-lived token for this user's browser, 60 to 86400 s (3600)
  --json     one JSON value on standard output
${HUB_HELP}`,

  async run(args, env, io) {
    const { values, positionals } = parseArgs({ args: [...args], allowPositionals: true, allowNegative: true, options: OPTIONS })
    const [action, ...rest] = positionals
    const id = () => operands(rest, 'the id of the user')[0] ?? ''
    const hub = () => hubClient(values, env).users
    const say = (value: unknown, text: string) => io.out(values.json ? JSON.stringify(value, null, 2) : text)

    switch (action) {
      case 'list': {
        operands(rest)
        const all: User[] = []
        for await (const user of hub().all({ limit: 200 })) all.push(user)
        say(all, all.length === 0 ? 'There is no user yet: `carillon users put <id>` adds one.' : listed(all))
        return 0
      }
      case 'show': {
        const user = await hub().get(id())
        say(user, told(user))
        return 0
      }
      case 'put': {
        const user = await hub().put(id(), toInput(values))
        say(user, told(user))
        return 0
      }
      case 'delete': {
        const gone = id()
        await hub().delete(gone)
        say({ id: gone, deleted: true }, `${gone} is deleted.`)
        return 0
      }
      case 'token': {
        const { 'expires-in': seconds } = values
        const token = await hub().token(id(), seconds === undefined ? {} : { expiresIn: wholeNumber('expires-in', seconds, 60, 86_400) })
        say(token, token.token)
        return 0
      }
      default:
        throw new UsageError(
          action === undefined
            ? 'list, show, put, delete or token?'
            : `there is no \`users ${action}\`${didYouMean(action, ['list', 'show', 'put', 'delete', 'token'])}; list, show, put, delete, token`,
        )
    }
  },
}

interface Given {
  email?: string
  name?: string
  locale?: string
  timezone?: string
  data?: string
  active?: boolean
}

function toInput({ data, active, ...texts }: Given): UserInput {
  const input: UserInput = {}
  for (const field of ['email', 'name', 'locale', 'timezone'] as const) {
    const text = texts[field]
    if (text !== undefined) input[field] = text === '' ? null : text
  }
  if (data !== undefined) input.data = jsonOption('data', data)
  if (active !== undefined) input.active = active
  return input
}

const listed = (all: User[]): string =>
  table(
    ['ID', 'NAME', 'EMAIL', 'LOCALE', 'ACTIVE'],
    all.map(({ id, name, email, locale, active }) => [id, name ?? '-', email ?? '-', locale ?? '-', active ? 'yes' : 'no']),
  )

const told = (user: User): string =>
  table(
    ['', ''],
    [
      ['id', user.id],
      ['name', user.name ?? '-'],
      ['email', user.email ?? '-'],
      ['locale', user.locale ?? '-'],
      ['time zone', user.timezone ?? '-'],
      ['active', user.active ? 'yes' : 'no'],
      ['data', JSON.stringify(user.data)],
      ['since', user.createdAt],
      ['changed', user.updatedAt],
    ],
  ).trimStart()
