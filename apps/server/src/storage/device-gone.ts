import { isId } from '../domain/id.ts'
import type { Dialect } from './dialects/dialect.ts'
import type { Trx } from './schema.ts'

/** The vendor said that these devices are gone: exactly they go, with what was remembered of their health. Ids of other things are left alone. */
export async function removeDevices({ among }: Dialect, trx: Trx, ids: readonly string[]): Promise<void> {
  const devices = ids.filter((id) => isId('dev', id))
  if (devices.length === 0) return
  await trx.deleteFrom('devices').where('id', 'in', among(devices)).execute()
  await trx.deleteFrom('target_health').where('target', 'in', among(devices)).execute()
}
