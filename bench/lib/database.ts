import { randomBytes } from 'node:crypto'
import { cp, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Engine } from '../../apps/server/src/storage/dialects/dialect.ts'
import { admin, startPostgres, withDatabase } from '../../apps/server/test/setup/postgres.ts'

/** An empty database and its folder. */
export interface Database {
  engine: Engine
  url: string
  folder: string
  remove(): Promise<void>
}

let server: Promise<{ url: string; stop: () => Promise<void> }> | undefined

/** PostgreSQL is started once for the whole run, with fsync on. `copyOf`: a database that nobody uses at the moment, instead of an empty one. */
export async function createDatabase(engine: Engine, copyOf?: Database): Promise<Database> {
  const folder = await mkdtemp(join(tmpdir(), 'carillon-bench-'))
  const clear = () => rm(folder, { recursive: true, force: true })
  if (copyOf !== undefined) await cp(copyOf.folder, folder, { recursive: true })
  if (engine === 'sqlite') return { engine, url: `sqlite:${join(folder, 'carillon.db')}`, folder, remove: clear }
  const given = process.env['TEST_DATABASE_URL']
  server ??= given ? Promise.resolve({ url: given, stop: async () => {} }) : startPostgres()
  const { url } = await server
  const name = `carillon_bench_${randomBytes(6).toString('hex')}`
  await admin(url, `create database ${name}${copyOf === undefined ? '' : ` template ${nameOf(copyOf)}`}`)
  return {
    engine,
    url: withDatabase(url, name),
    folder,
    async remove() {
      await admin(url, `drop database if exists ${name} with (force)`)
      await clear()
    },
  }
}

const nameOf = ({ url }: Database): string => new URL(url).pathname.slice(1)

export async function stopPostgres(): Promise<void> {
  await (await server)?.stop()
}
