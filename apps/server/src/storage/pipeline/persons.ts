import type { Selectable } from 'kysely'
import type { Person } from '../../delivery/job.ts'
import type { Dialect } from '../dialects/dialect.ts'
import type { Db, Trx, UsersTable } from '../schema.ts'

/** Recipients as templates may name them. */
export const personOf = ({ id, email, name, locale, timezone, data }: Selectable<UsersTable>): Person => ({
  id,
  ...filled({ email, name, locale, timezone }),
  data: JSON.parse(data),
})

export async function usersOf({ among }: Dialect, from: Db | Trx, ids: string[]): Promise<Map<string, Selectable<UsersTable>>> {
  if (ids.length === 0) return new Map()
  const rows = await from.selectFrom('users').selectAll().where('id', 'in', among(ids)).execute()
  return new Map(rows.map((row) => [row.id, row]))
}

/** Bare addresses with the name and locale under which they were first reported. */
export async function addressesOf({ among }: Dialect, from: Db | Trx, ids: string[]): Promise<Map<string, Person>> {
  if (ids.length === 0) return new Map()
  const rows = await from.selectFrom('addresses').selectAll().where('id', 'in', among(ids)).execute()
  return new Map(rows.map(({ id, email, name, locale }) => [id, { email, ...filled({ name, locale }) }]))
}

/** Leaves out the fields that are null: absent and null differ here. */
const filled = <T extends Record<string, string | null>>(fields: T): { [K in keyof T]?: string } =>
  Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== null)) as { [K in keyof T]?: string }
