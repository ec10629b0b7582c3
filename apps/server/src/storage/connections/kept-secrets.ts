import type { JsonObject } from '../../domain/json.ts'
import type { SecretFields } from '../../domain/secret-fields.ts'
import type { Clock } from '../../domain/time.ts'
import { secretPlace } from '../../security/secrets.ts'
import { audit } from '../audit.ts'
import type { Dialect } from '../dialects/dialect.ts'
import type { Trx } from '../schema.ts'
import type { ConnectionSchemas } from './connections.ts'

/**
 * Secrets in the settings of connections that their vendor replaces, such as refresh tokens. A replacement is made by the hub, not by a
 * person: it changes no date, and no node reads its configuration again because of it.
 */
export function createKeptSecrets(dialect: Dialect, secrets: SecretFields, schemasOf: (provider: string) => ConnectionSchemas | null, clock: Clock) {
  const { db } = dialect

  async function opened(id: string, from: Pick<Trx, 'selectFrom'>) {
    const row = await from.selectFrom('connections').select(['name', 'provider', 'settings', 'updated_at']).where('id', '=', id).executeTakeFirst()
    const schema = row && schemasOf(row.provider)?.settings
    if (row === undefined || schema === undefined) return null
    const place = secretPlace('connections', 'settings', id)
    const settings: JsonObject = secrets.open(schema, JSON.parse(row.settings), place)
    return { row, settings, seal: (changed: JsonObject) => JSON.stringify(secrets.seal(schema, changed, place)) }
  }

  return {
    /** The stored value of one field; null when there is none. */
    async read(id: string, field: string): Promise<string | null> {
      const value = (await opened(id, db))?.settings[field]
      return typeof value === 'string' ? value : null
    },

    /** Stores `to` where `from` is stored. Returns false, and changes nothing, when something else is, or the connection was changed at the same moment. */
    replace: (id: string, field: string, from: string, to: string): Promise<boolean> =>
      db.transaction().execute(async (trx) => {
        const found = await opened(id, trx)
        if (found === null || found.settings[field] !== from) return false
        const { name, provider, settings: before, updated_at: version } = found.row
        const { numUpdatedRows } = await trx
          .updateTable('connections')
          // The next version: a change that a person is making is then made again on it (`put`).
          .set({ settings: found.seal({ ...found.settings, [field]: to }), updated_at: version + 1 })
          .where('id', '=', id)
          .where('updated_at', '=', version)
          .where('settings', '=', before)
          .executeTakeFirstOrThrow()
        if (numUpdatedRows === 0n) return false
        await audit(trx, { actor: 'system', action: 'connection.secret_renewed', target: id, detail: { name, provider, field }, at: clock() })
        return true
      }),
  }
}

export type KeptSecretStore = ReturnType<typeof createKeptSecrets>
