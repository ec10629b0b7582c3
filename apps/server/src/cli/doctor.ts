import { existsSync } from 'node:fs'
import { parseArgs } from 'node:util'
import { createClient } from '@carillon/client'
import { outboundOf } from '../app/outbound-of.ts'
import { createStores } from '../app/stores.ts'
import { type Config, ConfigError, readConfig } from '../config.ts'
import { createAddressHash } from '../connections/address-hash.ts'
import { counted } from '../domain/counted.ts'
import { loadPacks } from '../packs.ts'
import { providers } from '../providers/index.ts'
import { isFolder } from '../providers/script/folder.ts'
import { createScripts } from '../providers/script/scripts.ts'
import { createOutbound, type OutboundOptions, parseAllowList, proxyName, tooWide } from '../security/outbound.ts'
import type { KeyRing } from '../security/secrets.ts'
import type { Dialect } from '../storage/dialects/dialect.ts'
import { openDialect, sqliteFile } from '../storage/open.ts'
import { createEventReader } from '../storage/operations/event-read.ts'
import type { Command, Env } from './command.ts'
import { lookAtConnections } from './doctor/connections.ts'
import {
  lookAtBooks,
  lookAtClocks,
  lookAtDestinations,
  lookAtDurability,
  lookAtSchema,
  lookAtSending,
  lookAtWork,
  measureCommits,
  openRing,
} from './doctor/database.ts'
import { type Finding, failing, looking, ok, warning } from './doctor/finding.ts'
import { judgeBaseUrl, judgeCommits, judgeDisk } from './doctor/judge.ts'
import { lookAtSecrets } from './doctor/secrets.ts'
import { tellFindings } from './doctor/tell.ts'

const ANSWER_MS = 3000

export const doctor: Command = {
  help: `carillon doctor [--config <file>] [--json]

Checks configuration, packs, scripts, outbound proxy, database, durability and speed of a commit, disk, clocks, secret key, connections, many failing
destinations, base URL, quarantined work, and the consistency of the tables. Works while the hub runs; writes one row and deletes it. Sends no message.
Exit code 0 when no check fails (warnings do not count), else 1.
  --config <file>  the configuration in code, as for serve
  --json           {"status", "findings": [{"name", "status", "detail", "remedy"}]}`,

  async run(args, env, io) {
    const { values } = parseArgs({ args: [...args], options: { config: { type: 'string' }, json: { type: 'boolean', default: false } } })
    const findings = await examine(env, values.config)
    const worst = ['failing', 'warning'].find((status) => findings.some((one) => one.status === status)) ?? 'ok'
    io.out(values.json ? JSON.stringify({ status: worst, findings }, null, 2) : tellFindings(findings))
    return worst === 'failing' ? 1 : 0
  },
}

async function examine(env: Env, configFile: string | undefined): Promise<Finding[]> {
  let config: Config
  try {
    config = readConfig(env)
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error
    return error.problems.map((problem) => failing('configuration', problem, 'docs/configuration.md lists every variable.'))
  }
  const packs = await looking('packs', 'Correct carillon.config.ts.', async () => {
    const { names } = await loadPacks(configFile)
    return ok('packs', names.length === 0 ? 'none' : names.join(', '))
  })
  return [
    ok('configuration', `${counted(Object.keys(config).length, 'setting')} read`),
    ...judgeAllowList(config.outboundAllow),
    ...judgeOrigins(config.allowedOrigins),
    ...(await examineProxy(outboundOf(config))),
    ...packs,
    ...(config.scriptsDir === null ? [] : [judgeScripts(config.scriptsDir)]),
    ...(await examineDatabase(config)),
    ...(await looking('base URL', 'Set CARILLON_BASE_URL.', async () => judgeBaseUrl(config, await answerOf(config.baseUrl)))),
  ]
}

async function examineDatabase(config: Config): Promise<Finding[]> {
  const { databaseUrl } = config
  if (databaseUrl.startsWith('sqlite:') && !existsSync(sqliteFile(databaseUrl)))
    return [
      warning(
        'database',
        `${sqliteFile(databaseUrl)} does not exist yet`,
        'The first start creates it. If it should exist, correct CARILLON_DATA_DIR or CARILLON_DATABASE_URL.',
      ),
    ]
  let dialect: Dialect | undefined
  const opened = await looking('database', 'Correct CARILLON_DATABASE_URL, or start the database server.', async () => {
    dialect = await openDialect(databaseUrl, { max: 2 })
    return lookAtSchema(dialect)
  })
  if (dialect === undefined) return opened
  try {
    return opened.some(({ status }) => status === 'failing') ? opened : [...opened, ...(await examineOpen(config, dialect))]
  } finally {
    await dialect.close()
  }
}

async function examineOpen(config: Config, dialect: Dialect): Promise<Finding[]> {
  const since = { wall: Date.now(), monotonic: performance.now() }
  let ring: KeyRing | null = null
  const secretKey = await looking('secret key', 'Provide the key that encrypted this database, in CARILLON_SECRET_KEY or the key file.', async () => {
    ring = await openRing(config, dialect)
    return ring === null ? warning('secret key', 'there is none yet', 'The first start makes one.') : ok('secret key', 'opens this database')
  })
  const outbound = createOutbound(outboundOf(config))
  return [
    ...(await looking('durability', 'Set it as the sentence says; serve refuses to start otherwise.', () => lookAtDurability(dialect))),
    ...(await looking('commit', 'The database cannot be written to.', async () => judgeCommits(await measureCommits(dialect)))),
    ...(await looking('disk', 'The data folder cannot be read.', async () => judgeDisk(await dialect.freeBytes(), config.diskFloor))),
    ...secretKey,
    ...(await looking('secrets', 'The tables cannot be read.', async () => (ring === null ? [] : lookAtSecrets(dialect, ring)))),
    ...(await looking('connections', 'The tables cannot be read.', async () =>
      ring === null ? [] : lookAtConnections({ dialect, connections: connectionsOf(dialect, ring), outbound, scripts: scriptsOf(config), clock: Date.now }),
    )),
    ...(await looking('destinations', 'The tables cannot be read.', () => lookAtDestinations(dialect))),
    ...(await looking('clock', 'The clocks could not be compared.', () => lookAtClocks(dialect, Date.now, since))),
    ...(await looking('sending', 'The tables cannot be read.', () => lookAtSending(dialect))),
    ...(await looking('work', 'The tables cannot be read.', () => lookAtWork(dialect, Date.now))),
    ...(await looking('books', 'The tables cannot be read.', () => lookAtBooks(createEventReader(dialect, Date.now).reconcile))),
  ]
}

const judgeAllowList = (text: string): Finding[] =>
  tooWide(parseAllowList(text)).map((wide) =>
    warning('outbound guard', `CARILLON_OUTBOUND_ALLOW: ${wide} to every connection and application`, 'Name the hosts that connections and applications need.'),
  )

const judgeOrigins = (allowed: Config['allowedOrigins']): Finding[] =>
  allowed === '*'
    ? [
        warning(
          'origins',
          'CARILLON_ALLOWED_ORIGINS: the pages of every website may call the hub with a token that they have',
          'List the origins of your pages.',
        ),
      ]
    : []

/** It is connected to, and asked for nothing. */
async function examineProxy(options: OutboundOptions): Promise<Finding[]> {
  const { proxy } = options
  if (!proxy) return []
  return looking('outbound proxy', 'Start the proxy, or correct CARILLON_OUTBOUND_PROXY: nothing leaves the hub until then.', async () => {
    await createOutbound(options).checkProxy()
    return ok('outbound proxy', `${proxyName(proxy)} accepts connections`)
  })
}

const judgeScripts = (folder: string): Finding =>
  isFolder(folder)
    ? ok('scripts folder', folder)
    : failing('scripts folder', `${folder} does not exist or is not a folder`, 'Create it, or correct CARILLON_SCRIPTS_DIR: no script runs until then.')

/** Only to find scripts, never to run them. */
const scriptsOf = ({ scriptsDir }: Config) => (scriptsDir === null ? undefined : createScripts({ folder: scriptsDir, audit: async () => {}, failed() {} }))

const connectionsOf = (dialect: Dialect, ring: KeyRing) =>
  createStores({
    dialect,
    ring,
    clock: Date.now,
    addressHash: createAddressHash(providers),
    providers,
    queue: { enqueue: () => Promise.reject(new Error('the doctor reports nothing')) },
  }).connections

/** Null when a hub answers; else the error. */
async function answerOf(baseUrl: string): Promise<string | null> {
  try {
    const { transport } = createClient({ baseUrl, token: '' })
    const response = await transport.open('/health/live', { signal: AbortSignal.timeout(ANSWER_MS) })
    await response.body?.cancel()
    return null
  } catch (error) {
    if (!(error instanceof Error)) return String(error)
    // fetch only reports that it failed; its cause has the reason.
    return error.cause instanceof Error && error.cause.message !== '' ? error.cause.message : error.message
  }
}
