import { readFileSync } from 'node:fs'
import { isAbsolute, resolve } from 'node:path'
import type { Millis } from './domain/time.ts'
import { allowListProblems } from './security/allow-list.ts'
import { type AllowedOrigins, readOrigins } from './security/origins.ts'

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
  /** Folder of the scripts that connections may run; null = scripts are off. */
  scriptsDir: string | null
  logLevel: 'debug' | 'info' | 'warn' | 'error' | 'silent'
  trustProxy: boolean | string
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

/** Reads the environment once. Throws one `ConfigError` that lists every problem. */
export function readConfig(env: Env): Config {
  const problems: string[] = []
  const value = (name: string): string | undefined => fromEnv(env, name, problems)
  const number = (name: string, fallback: number, min: number, max: number): number => {
    const text = value(name)
    const parsed = text === undefined ? fallback : Number(text)
    if (Number.isInteger(parsed) && parsed >= min && parsed <= max) return parsed
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
  const dataDir = resolve(value('CARILLON_DATA_DIR') ?? './data')
  const databaseUrl = value('CARILLON_DATABASE_URL') ?? `sqlite:${dataDir}/carillon.db`
  if (!/^(sqlite:.+|postgres(ql)?:\/\/.+)$/.test(databaseUrl)) problems.push('CARILLON_DATABASE_URL must begin with sqlite: or postgres://')
  const baseUrl = checkAddress('CARILLON_BASE_URL', value('CARILLON_BASE_URL') ?? `http://${host.includes(':') ? `[${host}]` : host}:${port}`, problems)
  const application = value('CARILLON_APPLICATION_URL')
  const applicationUrl = application === undefined ? null : checkAddress('CARILLON_APPLICATION_URL', application, problems)
  const { origins: allowedOrigins, problems: badOrigins } = readOrigins(value('CARILLON_ALLOWED_ORIGINS') ?? '')
  problems.push(...badOrigins.map((problem) => `CARILLON_ALLOWED_ORIGINS: ${problem}`))
  const rootKey = value('CARILLON_ROOT_KEY') ?? null
  if (rootKey !== null && rootKey.length < 16) problems.push('CARILLON_ROOT_KEY must have at least 16 characters')
  const secretKey = value('CARILLON_SECRET_KEY') ?? null
  if (secretKey === null && databaseUrl.startsWith('postgres'))
    problems.push('CARILLON_SECRET_KEY is required with PostgreSQL: `id:base64`, 32 random bytes (`openssl rand -base64 32`)')
  const fault = value('CARILLON_FAULT') ?? null
  if (fault !== null && env['NODE_ENV'] !== 'test') problems.push('CARILLON_FAULT works only with NODE_ENV=test')
  const trustProxy = value('CARILLON_TRUST_PROXY') ?? 'false'
  const allowList = (name: string, everything: 'allowed' | 'refused'): string => {
    const text = value(name) ?? ''
    problems.push(...allowListProblems(text, everything).map((problem) => `${name}: ${problem}`))
    return text
  }
  const outboundAllow = allowList('CARILLON_OUTBOUND_ALLOW', 'allowed')
  const outboundAllowUsers = allowList('CARILLON_OUTBOUND_ALLOW_USERS', 'refused')
  const scriptsDir = value('CARILLON_SCRIPTS_DIR')
  if (scriptsDir !== undefined && !isAbsolute(scriptsDir)) problems.push(`CARILLON_SCRIPTS_DIR must be an absolute path; "${scriptsDir}" is not`)

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
    scriptsDir: scriptsDir ?? null,
    logLevel: oneOf('CARILLON_LOG_LEVEL', 'info', ['debug', 'info', 'warn', 'error', 'silent'] as const),
    trustProxy: trustProxy === 'true' ? true : trustProxy === 'false' ? false : trustProxy,
    leaseMs: number('CARILLON_LEASE_SECONDS', 60, 1, 3600) * 1000,
    highWater: number('CARILLON_HIGH_WATER', 1_000_000, 1, 1_000_000_000),
    diskFloor: number('CARILLON_DISK_FLOOR_MB', 256, 0, 1_000_000) * 1024 * 1024,
    instance: value('CARILLON_INSTANCE_NAME') ?? 'Carillon',
    fault,
  }
  if (problems.length > 0) throw new ConfigError(problems)
  return Object.freeze(config)
}

/** A variable, or the content of the file that `<NAME>_FILE` names (secrets of container platforms). Empty counts as unset. */
function fromEnv(env: Env, name: string, problems: string[]): string | undefined {
  const direct = env[name]
  const file = env[`${name}_FILE`]
  if (direct && file) problems.push(`${name} and ${name}_FILE are both set; keep one`)
  if (direct) return direct
  if (!file) return undefined
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
  return text.replace(/\/+$/, '')
}
