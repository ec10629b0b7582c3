import type { By } from '../../domain/by.ts'
import type { Clock } from '../../domain/time.ts'
import { outdatedKeys, reseal } from '../../security/reseal.ts'
import { type KeyRing, newKeyCheck } from '../../security/secrets.ts'
import { audit } from '../audit.ts'
import type { Dialect } from '../dialects/dialect.ts'
import { keyCheck } from '../operations/checkup.ts'
import { outdatedRows, replaceSealed, SEALED_COLUMNS, type SealedColumn, type SealedRow } from './sealed-rows.ts'

/** Rows of one transaction: a hub that runs waits for its end. */
const BATCH = 100
/** A hub that still seals with the old key would keep a run busy for ever. */
const MOST_PASSES = 5

export interface RekeyParts {
  dialect: Dialect
  ring: KeyRing
  clock: Clock
  by: By
  /** Tests interrupt here, between reading a batch and replacing it and around the commit; only the first is awaited. */
  at?(point: 'rekey.after_read' | 'rekey.before_commit' | 'rekey.after_commit', table: string): void | Promise<void>
}

export interface Rekeyed {
  /** Rows that were sealed again, by table. */
  rows: Record<string, number>
  /** Rows with a value that no given key opens, as `table id`, and the keys that sealed them. */
  lost: { row: string; keys: string[] }[]
  /** Rows were still being written under another key at the end. */
  busy: boolean
}

/**
 * Seals every stored secret again with the first key of the ring. Each batch is a transaction that replaces only what is still as it was read, so a
 * hub may run meanwhile, and an interrupted run has done a part: the next one finds the rest. The key check comes last, and with it the old key
 * stops opening this database.
 */
export async function rekey({ dialect, ring, clock, by, at = () => {} }: RekeyParts): Promise<Rekeyed> {
  const rows: Record<string, number> = {}
  let lost: Rekeyed['lost'] = []

  /** Returns how many rows have changed, by this or under its hands. */
  async function sealAgain(place: SealedColumn): Promise<number> {
    let touched = 0
    for (let after: SealedRow['at'] | null = null; ; ) {
      const found = await outdatedRows(dialect, place, ring.current, after, BATCH)
      const last = found.at(-1)
      if (last === undefined) return touched
      after = last.at
      const changes = found.flatMap((row) => {
        const { text, lost: keys } = reseal(ring, row.text, place.placeOf(row.name))
        if (keys.length > 0) lost.push({ row: `${place.table} ${row.name}`, keys })
        return text === row.text ? [] : [{ row, text }]
      })
      await at('rekey.after_read', place.table)
      const done = await dialect.db.transaction().execute(async (trx) => {
        let count = 0
        for (const { row, text } of changes) if (await replaceSealed(trx, place, row, text)) count++
        void at('rekey.before_commit', place.table)
        return count
      })
      void at('rekey.after_commit', place.table)
      if (done > 0) rows[place.table] = (rows[place.table] ?? 0) + done
      touched += changes.length
    }
  }

  let touched = 0
  for (let pass = 0; pass < MOST_PASSES; pass++) {
    touched = 0
    lost = []
    for (const place of SEALED_COLUMNS) touched += await sealAgain(place)
    if (touched === 0) break
  }
  const busy = touched > 0
  if (!busy) await endOldKeys({ dialect, ring, clock, by }, rows)
  return { rows, lost, busy }
}

/** From here on only the current key opens this database at a start. */
async function endOldKeys({ dialect, ring, clock, by }: RekeyParts, rows: Record<string, number>): Promise<void> {
  const check = await keyCheck(dialect)
  const outdated = check !== null && ring.isOutdated(check)
  if (!outdated && Object.keys(rows).length === 0) return
  await dialect.db.transaction().execute(async (trx) => {
    if (outdated)
      await trx
        .updateTable('settings')
        .set({ value: newKeyCheck(ring) })
        .where('key', '=', 'key_check')
        .where('value', '=', check)
        .execute()
    await audit(trx, { ...by, action: 'secrets.rekeyed', target: ring.current, detail: rows, at: clock() })
  })
}

/** How many rows hold a secret under another key, by key; counts to `most` rows of each column. */
export async function secretsUnderOtherKeys(dialect: Dialect, ring: KeyRing, most = 10_000): Promise<Map<string, number>> {
  const counts = new Map<string, number>()
  for (const place of SEALED_COLUMNS)
    for (let [after, seen]: [SealedRow['at'] | null, number] = [null, 0]; seen < most; ) {
      const found = await outdatedRows(dialect, place, ring.current, after, BATCH)
      const last = found.at(-1)
      if (last === undefined) break
      after = last.at
      seen += found.length
      for (const { text } of found) for (const key of new Set(outdatedKeys(ring, text))) counts.set(key, (counts.get(key) ?? 0) + 1)
    }
  return counts
}
