import type { Dialect } from '../dialects/dialect.ts'

/** Writes one setting, over any earlier value. */
export async function putSetting({ db }: Dialect, key: string, value: string): Promise<void> {
  await db
    .insertInto('settings')
    .values({ key, value })
    .onConflict((conflict) => conflict.column('key').doUpdateSet({ value }))
    .execute()
}

/** Writes a setting that has no value yet. Returns the stored value, which may be another process's. */
export async function keepFirstSetting({ db }: Dialect, key: string, value: string): Promise<string> {
  await db
    .insertInto('settings')
    .values({ key, value })
    .onConflict((conflict) => conflict.doNothing())
    .execute()
  return (await db.selectFrom('settings').select('value').where('key', '=', key).executeTakeFirstOrThrow()).value
}
