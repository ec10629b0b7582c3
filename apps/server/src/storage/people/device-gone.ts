import { sql } from 'kysely'
import { isId } from '../../domain/id.ts'
import type { Millis } from '../../domain/time.ts'
import type { Dialect } from '../dialects/dialect.ts'
import type { Trx } from '../schema.ts'

/**
 * Removes exactly the devices that the vendor reported as gone, with their health. One that registered again after the vendor's time (`at`)
 * stays, because the report is about the earlier registration. Ids of other things are ignored.
 */
export async function removeDevices(dialect: Dialect, trx: Trx, gone: readonly { id: string; at: Millis }[]): Promise<void> {
  const devices = gone.filter(({ id }) => isId('dev', id))
  if (devices.length === 0) return
  const { rows } = await sql<{ id: string }>`delete from devices where id in (
      select d.id from ${dialect.table(devices, { id: 'text', at: 'integer' }, 'r')} join devices d on d.id = r.id where d.last_seen_at <= r.at)
    returning id`.execute(trx)
  const removed = dialect.among(rows.map(({ id }) => id))
  await trx.deleteFrom('target_health').where('target', 'in', removed).execute()
}
