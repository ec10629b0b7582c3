import { parseArgs } from 'node:util'
import { readConfig } from '../config.ts'
import { SCOPES } from '../domain/caller.ts'
import { didYouMean } from '../domain/nearest.ts'
import { DAY, toIso } from '../domain/time.ts'
import { newApiKey } from '../security/api-keys.ts'
import type { ApiKeysTable } from '../storage/schema.ts'
import { type ApiKeyStore, createApiKeyStore } from '../storage/security/api-keys.ts'
import { type Command, type Env, type Io, UsageError } from './command.ts'
import { withDatabase } from './database.ts'
import { operands, wholeNumber, wordOption } from './options.ts'
import { table } from './table.ts'

/** The actor in the audit log. */
const BY = { actor: 'cli', requestId: null }
/** Keys per page; all pages are listed. */
const PAGE = 200

export const keys: Command = {
  help: `carillon keys create --name <name> --scope <scope>… [--expires-in <days>] [--json]
carillon keys list [--json]
carillon keys revoke <id> [--json]

Manages API keys directly in the database of the hub, so creating the first key needs no key. Run it with the environment of the hub
(CARILLON_DATA_DIR, CARILLON_DATABASE_URL): it makes no database of its own.
Only \`create\` shows the key, once. A running hub accepts a new key at once and refuses a revoked one within 5 s.
  --scope <scope>      ${SCOPES.join(', ')}; repeatable; admin includes all others
  --expires-in <days>  1 to 3650; without it the key is valid until revoked
  --json               one JSON value on standard output`,

  async run(args, env, io) {
    const { values, positionals } = parseArgs({
      args: [...args],
      allowPositionals: true,
      options: {
        name: { type: 'string' },
        scope: { type: 'string', multiple: true },
        'expires-in': { type: 'string' },
        json: { type: 'boolean', default: false },
      },
    })
    const [action, ...rest] = positionals
    const say = (value: unknown, text: string) => io.out(values.json ? JSON.stringify(value, null, 2) : text)

    switch (action) {
      case 'create': {
        operands(rest)
        const { name, scope = [], 'expires-in': days } = values
        if (!name) throw new UsageError('--name is missing: name the purpose of the key')
        if (scope.length === 0) throw new UsageError(`--scope is missing: ${SCOPES.join(', ')}`)
        const scopes = [...new Set(scope.map((word) => wordOption('scope', word, SCOPES)))]
        const expiresAt = days === undefined ? null : Date.now() + wholeNumber('expires-in', days, 1, 3650) * DAY
        const { key, prefix, hash } = newApiKey()
        const row = await inStore(env, (store) => store.create({ name, prefix, hash, scopes, expiresAt }, BY))
        say({ ...shown(row), key }, key)
        if (!values.json) tellOnce(io, row)
        return 0
      }
      case 'list': {
        operands(rest)
        const rows = await inStore(env, everyKey)
        say(rows.map(shown), rows.length === 0 ? 'There is no key yet: `carillon keys create --name first --scope admin` creates one.' : listed(rows))
        return 0
      }
      case 'revoke': {
        const [id = ''] = operands(rest, 'the id of the key')
        const done = await inStore(env, (store) => store.revoke(id, BY))
        if (!done) throw new Error(`no active key ${id}; \`carillon keys list\` shows all keys`)
        say({ id, revoked: true }, `${id} is revoked.`)
        return 0
      }
      default:
        throw new UsageError(
          action === undefined
            ? 'create, list or revoke?'
            : `there is no \`keys ${action}\`${didYouMean(action, ['create', 'list', 'revoke'])}; create, list, revoke`,
        )
    }
  },
}

const inStore = <T>(env: Env, run: (store: ApiKeyStore) => Promise<T>): Promise<T> =>
  withDatabase(readConfig(env), (dialect) => run(createApiKeyStore(dialect, Date.now)))

/** On standard error, so that `KEY=$(carillon keys create …)` contains only the key. */
function tellOnce(io: Io, row: ApiKeysTable): void {
  io.err(`${row.id} “${row.name}” has the scope ${scopesOf(row).join(', ')}. Keep the key: only its hash is stored, and it is never shown again.`)
}

async function everyKey(store: ApiKeyStore): Promise<ApiKeysTable[]> {
  const all: ApiKeysTable[] = []
  for (let after: string | null = null; ; ) {
    const { rows, next } = await store.list({ limit: PAGE, after })
    all.push(...rows)
    if (next === null) return all
    after = next
  }
}

const moment = (at: number | null) => (at === null ? null : toIso(at))

const shown = (row: ApiKeysTable) => ({
  id: row.id,
  name: row.name,
  prefix: row.prefix,
  scopes: scopesOf(row),
  createdAt: toIso(row.created_at),
  expiresAt: moment(row.expires_at),
  lastUsedAt: moment(row.last_used_at),
  revokedAt: moment(row.revoked_at),
})

function scopesOf(row: ApiKeysTable): string[] {
  const scopes: string[] = JSON.parse(row.scopes)
  return scopes
}

const listed = (rows: ApiKeysTable[]): string =>
  table(
    ['ID', 'NAME', 'SCOPES', 'LAST USED', 'STATE'],
    rows.map((row) => [row.id, row.name, scopesOf(row).join(' '), day(row.last_used_at), stateOf(row)]),
  )

const day = (at: number | null): string => (at === null ? 'never' : toIso(at).slice(0, 10))

function stateOf({ revoked_at, expires_at }: ApiKeysTable): string {
  if (revoked_at !== null) return `revoked ${day(revoked_at)}`
  if (expires_at === null) return 'valid'
  return expires_at <= Date.now() ? `expired ${day(expires_at)}` : `valid until ${day(expires_at)}`
}
