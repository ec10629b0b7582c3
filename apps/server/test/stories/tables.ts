import { readFile } from 'node:fs/promises'
import { inflateRawSync } from 'node:zlib'
import { sql } from 'kysely'
import type { World } from './world.ts'

/** Rows of every table: the numbers that a refused request must not change. */
export async function rowCounts({ app }: Pick<World, 'app'>): Promise<Record<string, number>> {
  const counts: Record<string, number> = {}
  for (const name of await tableNames(app)) {
    const { rows } = await sql<{ n: number }>`select count(*) as n from ${sql.table(name)}`.execute(app.dialect.db)
    counts[name] = Number(rows[0]?.n)
  }
  return counts
}

/** All stored data as text: rows, unpacked messages, and on SQLite the bytes of the file and its log. */
export async function everythingStored({ app, databaseUrl }: Pick<World, 'app' | 'databaseUrl'>): Promise<string> {
  const texts: string[] = []
  for (const name of await tableNames(app)) {
    const { rows } = await sql<Record<string, unknown>>`select * from ${sql.table(name)}`.execute(app.dialect.db)
    for (const row of rows) for (const value of Object.values(row)) texts.push(unpacked(typeof value === 'object' ? JSON.stringify(value) : String(value)))
  }
  if (databaseUrl.startsWith('sqlite:')) {
    const file = databaseUrl.slice('sqlite:'.length)
    for (const part of [file, `${file}-wal`]) texts.push((await readFile(part)).toString('latin1'))
  }
  return texts.join('\n')
}

async function tableNames(app: World['app']): Promise<string[]> {
  const tables = await app.dialect.db.introspection.getTables()
  return tables.filter(({ isView, schema }) => !isView && (schema === undefined || schema === 'public')).map(({ name }) => name)
}

function unpacked(text: string): string {
  try {
    return text.length > 64 ? `${text}\n${inflateRawSync(Buffer.from(text, 'base64')).toString()}` : text
  } catch {
    return text
  }
}
