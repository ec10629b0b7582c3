import { readFileSync } from 'node:fs'
import { availableParallelism } from 'node:os'
import { isAbsolute, resolve } from 'node:path'
import { nearest } from './domain/nearest.ts'
import type { Millis } from './domain/time.ts'
import { allowListProblems } from './security/allow-list.ts'
import { type AllowedOrigins, readOrigins } from './security/origins.ts'
import { type ProxyServer, parseProxy } from './security/proxy.ts'
import { trustProxyProblems } from './security/trust-proxy.ts'

/** The validated environment. All other configuration is in the database. */
export interface Config {
  port: number
  host: string
  /** Without a trailing slash. */
  baseUrl: string
  /** Without a trailing slash: paths in the links of events lead below it; null = paths are refused. */
  applicationUrl: string | null
  /** Beside the hub's own. */
  allowedOrigins: AllowedOrigins
  dataDir: string
  /** `sqlite:<file>` or `postgres://…` */
  databaseUrl: string
  role: 'all' | 'api' | 'worker'
  rootKey: string | null
  /** `id:base64[,id:base64]`; null = the key file in the data directory (SQLite only). */
  secretKey: string | null
  outboundAllow: string
  /** The exceptions for addresses that people name. */
  outboundAllowUsers: string
  /** The proxy of every outgoing connection, with its password; null = none. */
  outboundProxy: ProxyServer | null
  /** Names are left to proxies. */
  outboundProxyResolves: boolean
  /** Folder of the scripts that connections may run; null = scripts are off. */
  scriptsDir: string | null
  logLevel: 'debug' | 'info' | 'warn' | 'error' | 'silent'
  trustProxy: boolean | string
  /** Threads that render, sign and send beside the main one, at most; 0 = none. */
  sendThreads: number
  /** How long the lease on a claimed delivery or task lasts without renewal. */
  leaseMs: Millis
  /** Events that may wait for fan-out before new ones are refused. */
  highWater: number
  /** Free bytes below which no event is accepted. */
  diskFloor: number
  /** The hub's name in mails. */
  instance: string
  /** Tests only: `point[@nth]=action`. */
  fault: string | null
}

export class ConfigError extends Error {
  readonly problems: string[]
  constructor(problems: string[]) {
    super(`Invalid configuration:\n${problems.map((problem) => `  - ${problem}`).join('\n')}`)
    this.name = 'ConfigError'
    this.problems = problems
  }
}

type Env = Readonly<Record<string, string | undefined>>

/** Variables of commands that are not settings of the hub: `cli/hub-client.ts`. */
const OF_COMMANDS = ['CARILLON_URL', 'CARILLON_KEY'].flatMap((name) => [name, `${name}_FILE`])

/** A sentence for each variable that looks like a setting and is none. It would be ignored in silence, and a mistyped one is what nobody finds. */
export function unknownVariables(env: Env): string[] {
  const known = new Set(OF_COMMANDS)
  try {
    // The names are those that are read, so there is no list that could be forgotten.
    readConfig(new Proxy<Record<string, string | undefined>>({}, { get: (_, name) => void known.add(String(name)) }))
  } catch {} // only the names are wanted
  return Object.keys(env)
    .filter((name) => name.startsWith('CARILLON_') && !known.has(name))
    .map((name) => {
      // PORT and HOST have their usual names.
      const bare = name.replace('CARILLON_', '')
      const near = known.has(bare) ? bare : nearest(name, [...known])
      return `${name} is no setting of Carillon and is ignored${near === null ? '; docs/configuration.md lists them all' : `; did you mean ${near}?`}`
    })
}

/** RFC 1123, 2.1; and underscores, which inner networks use. */
const HOST_NAME = /^(?=.{1,253}$)[\w]([\w-]{0,61}\w)?(\.\w([\w-]{0,61}\w)?)*\.?$/

/** Reads the environment once. Throws one `ConfigError` that lists every problem. */
export function readConfig(env: Env): Config {
  const problems: string[] = []
  const value = (name: string): string | undefined => fromEnv(env, name, problems)
  const number = (name: string, fallback: number, min: number, max: number): number => {
    const text = value(name)
    const parsed = text === undefined ? fallback : Number(text)
    if ((text === undefined || /^\d+$/.test(text)) && parsed >= min && parsed <= max) return parsed
    problems.push(`${name} must be a whole number from ${min} to ${max}; "${text}" is not`)
    return fallback
  }
  const oneOf = <T extends string>(name: string, fallback: T, values: readonly T[]): T => {
    const text = value(name)
    const found = values.find((one) => one === (text ?? fallback))
    if (found === undefined) problems.push(`${name} must be one of ${values.join(', ')}; "${text}" is not`)
    return found ?? fallback
  }

  const port = number('PORT', 8484, 0, 65_535)
  const host = value('HOST') ?? '127.0.0.1'
  if (!HOST_NAME.test(host) && !URL.canParse(`http://[${host.split('%')[0]}]`))
    problems.push(`HOST must be an address or a host name, without a port and brackets; "${host}" is neither`)
  const folder = value('CARILLON_DATA_DIR') ?? './data'
  if (/^~($|\/)/.test(folder)) problems.push('CARILLON_DATA_DIR begins with ~, which only a shell replaces by your home folder; write the whole path')
  const dataDir = resolve(folder)
  const databaseUrl = value('CARILLON_DATABASE_URL') ?? `sqlite:${dataDir}/carillon.db`
  if (!/^(sqlite:.+|postgres(ql)?:\/\/.+)$/.test(databaseUrl)) problems.push('CARILLON_DATABASE_URL must begin with sqlite: or postgres://')
  else if (!databaseUrl.startsWith('sqlite:') && !URL.canParse(databaseUrl))
    problems.push('CARILLON_DATABASE_URL is no URL: postgres://user:password@host:port/database, special characters of the password percent-encoded')
  const ownUrl = value('CARILLON_BASE_URL')
  const baseUrl = ownUrl === undefined ? `http://${host.includes(':') ? `[${host}]` : host}:${port}` : checkAddress('CARILLON_BASE_URL', ownUrl, problems)
  const application = value('CARILLON_APPLICATION_URL')
  const applicationUrl = application === undefined ? null : checkAddress('CARILLON_APPLICATION_URL', application, problems)
  const { origins: allowedOrigins, problems: badOrigins } = readOrigins(value('CARILLON_ALLOWED_ORIGINS') ?? '')
  problems.push(...badOrigins.map((problem) => `CARILLON_ALLOWED_ORIGINS: ${problem}`))
  const rootKey = value('CARILLON_ROOT_KEY') ?? null
  if (rootKey !== null && rootKey.length < 16) problems.push('CARILLON_ROOT_KEY must have at least 16 characters')
  else if (rootKey !== null && !/^[\x21-\x7e]{1,1024}$/.test(rootKey))
    problems.push(
      'CARILLON_ROOT_KEY must be at most 1024 letters, digits and signs of ASCII without blanks: callers send it in a header, and no other could be sent',
    )
  const secretKey = value('CARILLON_SECRET_KEY') ?? null
  if (secretKey === null && databaseUrl.startsWith('postgres'))
    problems.push('CARILLON_SECRET_KEY is required with PostgreSQL: `id:base64`, 32 random bytes (`openssl rand -base64 32`)')
  const fault = value('CARILLON_FAULT') ?? null
  if (fault !== null && env['NODE_ENV'] !== 'test') problems.push('CARILLON_FAULT works only with NODE_ENV=test')
  const trustProxy = value('CARILLON_TRUST_PROXY') ?? 'false'
  problems.push(...trustProxyProblems(trustProxy).map((problem) => `CARILLON_TRUST_PROXY: ${problem}`))
  const allowList = (name: string, everything: 'allowed' | 'refused'): string => {
    const text = value(name) ?? ''
    problems.push(...allowListProblems(text, everything).map((problem) => `${name}: ${problem}`))
    return text
  }
  const outboundAllow = allowList('CARILLON_OUTBOUND_ALLOW', 'allowed')
  const outboundAllowUsers = allowList('CARILLON_OUTBOUND_ALLOW_USERS', 'refused')
  const proxyText = value('CARILLON_OUTBOUND_PROXY')
  const outboundProxy = proxyText === undefined ? null : parseProxy(proxyText, 'operator')
  if (typeof outboundProxy === 'string') problems.push(`CARILLON_OUTBOUND_PROXY ${outboundProxy}`)
  const scriptsDir = value('CARILLON_SCRIPTS_DIR')
  if (scriptsDir !== undefined && !isAbsolute(scriptsDir)) problems.push(`CARILLON_SCRIPTS_DIR must be an absolute path; "${scriptsDir}" is not`)

  const instance = value('CARILLON_INSTANCE_NAME') ?? 'Carillon'
  if (!/^[^\p{Cc}]{1,100}$/u.test(instance)) problems.push('CARILLON_INSTANCE_NAME must be one line of at most 100 characters')

  const config: Config = {
    port,
    host,
    baseUrl,
    applicationUrl,
    allowedOrigins,
    dataDir,
    databaseUrl,
    role: oneOf('CARILLON_ROLE', 'all', ['all', 'api', 'worker'] as const),
    rootKey,
    secretKey,
    outboundAllow,
    outboundAllowUsers,
    outboundProxy: typeof outboundProxy === 'string' ? null : outboundProxy,
    outboundProxyResolves: oneOf('CARILLON_OUTBOUND_PROXY_RESOLVES', 'false', ['true', 'false'] as const) === 'true',
    scriptsDir: scriptsDir ?? null,
    logLevel: oneOf('CARILLON_LOG_LEVEL', 'info', ['debug', 'info', 'warn', 'error', 'silent'] as const),
    trustProxy: trustProxy === 'true' ? true : trustProxy === 'false' ? false : trustProxy,
    sendThreads: number('CARILLON_SEND_THREADS', availableParallelism() > 1 ? 1 : 0, 0, 16),
    leaseMs: number('CARILLON_LEASE_SECONDS', 60, 1, 3600) * 1000,
    highWater: number('CARILLON_HIGH_WATER', 1_000_000, 1, 1_000_000_000),
    diskFloor: number('CARILLON_DISK_FLOOR_MB', 256, 0, 1_000_000) * 1024 * 1024,
    instance,
    fault,
  }
  if (problems.length > 0) throw new ConfigError(problems)
  return Object.freeze(config)
}

/** One variable of a command, read like a setting. Throws a `ConfigError`. */
export function readVariable(env: Env, name: string): string | undefined {
  const problems: string[] = []
  const value = fromEnv(env, name, problems)
  if (problems.length > 0) throw new ConfigError(problems)
  return value
}

/**
 * A variable, or the content of the file that `<NAME>_FILE` names (secrets of container platforms). Blanks around it are not part of it: files and
 * lists of variables bring line ends along. Empty counts as unset.
 */
function fromEnv(env: Env, name: string, problems: string[]): string | undefined {
  const direct = env[name]?.trim()
  const file = env[`${name}_FILE`]?.trim()
  if (direct && file) problems.push(`${name} and ${name}_FILE are both set; keep one`)
  const given = direct || (file ? fileOf(file, name, problems) : undefined)
  // `docker run --env-file` and others pass quotes on, and a key with them is another key.
  if (given !== undefined && /^(["']).*\1$/s.test(given)) problems.push(`${name} is in quotes, and they would be part of its value; leave them out`)
  return given
}

function fileOf(file: string, name: string, problems: string[]): string | undefined {
  try {
    return readFileSync(file, 'utf8').trim() || undefined
  } catch (error) {
    problems.push(`${name}_FILE cannot be read: ${error instanceof Error ? error.message : String(error)}`)
    return undefined
  }
}

function checkAddress(name: string, text: string, problems: string[]): string {
  const url = URL.canParse(text) ? new URL(text) : null
  if (url === null || !/^https?:$/.test(url.protocol) || url.search !== '' || url.hash !== '')
    problems.push(`${name} must be an http(s) address without a query: "${text}" is not`)
  return text.replace(/(?<!\/)\/+$/, '')
}
