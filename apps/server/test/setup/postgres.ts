// One real PostgreSQL for the whole test run; every store gets a database of its own, copied from a migrated template.
import { randomBytes } from 'node:crypto'
import { chmod, mkdtemp, readFile, rm } from 'node:fs/promises'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import pg from 'pg'
import type { TestProject } from 'vitest/node'
import { migrate } from '../../src/storage/migrate.ts'
import { openDialect } from '../../src/storage/open.ts'
import { loadEmbeddedPostgres } from './postgres-binaries.ts'

declare module 'vitest' {
  interface ProvidedContext {
    /** A URL whose user may create databases. */
    postgresUrl: string
    /** A migrated database that nobody connects to. */
    postgresTemplate: string
  }
}

export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  const given = process.env['TEST_DATABASE_URL']
  const server = given ? { url: given, stop: async () => {} } : await startPostgres()
  const template = `carillon_template_${randomBytes(6).toString('hex')}`
  await admin(server.url, `create database ${template}`)
  const dialect = await openDialect(withDatabase(server.url, template))
  await migrate(dialect)
  await dialect.close()
  project.provide('postgresUrl', server.url)
  project.provide('postgresTemplate', template)
  return async () => {
    if (given) await admin(given, `drop database if exists ${template} with (force)`)
    await server.stop()
  }
}

/** Runs one statement that must not be in a transaction. */
export async function admin(url: string, statement: string): Promise<void> {
  const client = new pg.Client({ connectionString: url })
  await client.connect()
  try {
    await client.query(statement)
  } finally {
    await client.end()
  }
}

/** The same server, another database. */
export function withDatabase(url: string, database: string): string {
  const other = new URL(url)
  other.pathname = `/${database}`
  return other.href
}

/** A server that a test may stop and start. */
export interface TestPostgres {
  /** The superuser's; it stays the same. */
  url: string
  /** Stops it, and keeps its data. `fast`: it ends all sessions and closes its files; `immediate`: it ends at once and recovers at the next start. */
  halt(mode: 'fast' | 'immediate'): Promise<void>
  /** Starts it again. */
  resume(): Promise<void>
  /** Ends and removes it. */
  stop(): Promise<void>
}

/** https://www.postgresql.org/docs/current/server-shutdown.html */
const SIGNALS = { fast: 'SIGINT', immediate: 'SIGQUIT' } as const

/** A fresh cluster in a temporary folder, with fsync on as in production, because the durability of a commit is tested. */
export async function startPostgres(flags: string[] = []): Promise<TestPostgres> {
  const folder = await mkdtemp(join(tmpdir(), 'carillon-postgres-'))
  await chmod(folder, 0o755) // made 0700 for root, and user postgres could not enter
  const password = randomBytes(12).toString('hex')
  const port = await freePort()
  const EmbeddedPostgres = await loadEmbeddedPostgres(folder)
  const said: string[] = []
  const server = new EmbeddedPostgres({
    databaseDir: join(folder, 'data'),
    port,
    user: 'postgres',
    password,
    persistent: true,
    createPostgresUser: process.getuid?.() === 0, // PostgreSQL refuses to run as root
    initdbFlags: ['--locale=C', '--encoding=UTF8'],
    postgresFlags: ['-c', 'listen_addresses=127.0.0.1', '-c', 'unix_socket_directories=', '-c', 'max_connections=300', ...flags],
    onLog: (line) => said.push(line),
    onError: (error) => said.push(String(error)),
  })
  let up = false
  const orSay = (step: Promise<void>) =>
    step.catch((cause: unknown) => {
      throw new Error(`PostgreSQL did not start:\n${said.slice(-20).join('')}`, { cause })
    })
  async function start(): Promise<void> {
    await orSay(server.start())
    up = true
  }
  await orSay(server.initialise())
  await start()
  return {
    url: `postgres://postgres:${password}@127.0.0.1:${port}/postgres`,
    async halt(mode) {
      const [pid] = (await readFile(join(folder, 'data', 'postmaster.pid'), 'utf8')).split('\n')
      up = false
      process.kill(Number(pid), SIGNALS[mode])
      while (isAlive(Number(pid))) await new Promise((resolve) => setTimeout(resolve, 10))
    },
    resume: start,
    async stop() {
      if (up) await server.stop()
      await rm(folder, { recursive: true, force: true })
    },
  }
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return true
  } catch {
    return false
  }
}

/** A port that nobody listened to a moment ago. */
export const freePort = () =>
  new Promise<number>((resolve, reject) => {
    const probe = createServer()
      .once('error', reject)
      .listen(0, '127.0.0.1', () => {
        const address = probe.address()
        probe.close(() => resolve(typeof address === 'object' && address ? address.port : 0))
      })
  })
