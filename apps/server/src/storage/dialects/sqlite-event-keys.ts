import type { Millis } from '../../domain/time.ts'
import type { EventKey, EventKeyRow, EventKeys } from './event-keys.ts'
import { createRowsByKey } from './rows-by-key.ts'

export interface EventKeySizes {
  /** Keys in memory that are enough to be sorted into the index. Of three times as many, further ones go into the index at once. */
  full: number
  /** Keys that one step adds to the index: about 2 ms. */
  step: number
  /** Rows, or entries of the index, that one step of pruning looks at: about 1 ms. */
  pruned: number
  /** Answers that one step of pruning removes, as their length in bytes: each page of a long one is freed by itself. */
  bytes: number
}

const SIZES: EventKeySizes = { full: 20_000, step: 500, pruned: 1000, bytes: 256 * 1024 }
const MOST = 3

/** The writing connection. */
interface Writer {
  /** Runs a statement and returns its rows, each as the statement selects it. */
  ask<Row>(statement: string, ...values: (number | string)[]): Row[]
  /** Whether a transaction is open. */
  isOpen(): boolean
  /** In a transaction of its own, when it is its turn. */
  inTurn<T>(run: () => T): Promise<T>
}

/** Keys on their way into the index, in its order. */
interface Merge {
  highs: Float64Array
  ns: Float64Array
  /** Rows up to this number are in the index when all steps are done. */
  upTo: number
  done: number
}

/** Where the walk through the index is. Entries of rows before `first` are dead; those of rows removed behind it are removed with their row. */
interface Walk {
  high: number
  first: number
}

/**
 * Rows are appended, so a key costs no random page of the table. Random is only the index, and it is filled in its own order, many keys at once:
 * several of them change one page. Until then their row numbers are in memory. A start reads these again: they are the rows after the mark, which
 * is moved with the last step of a merge. A key that is in memory and in the index, as after a kill in the middle of a merge, is one key, because
 * both lead to the same row.
 */
export function sqliteEventKeys({ ask, isOpen, inTurn }: Writer, sizes: Partial<EventKeySizes> = {}): EventKeys {
  const { full, step, pruned, bytes } = { ...SIZES, ...sizes }
  /**
   * Rows after the mark. Those of a transaction that was rolled back are among them until they are looked for, and lead nowhere: their numbers are not
   * given again.
   */
  const tail = createRowsByKey()
  /** Rows whose key was taken over. They are gone, or back after a rollback: only a merge takes them out of `tail`. */
  const left = new Set<number>()
  let next: number | null = null
  let merging: Merge | null = null
  let walk: Walk | null = null
  /** The first row when the index was last walked through. */
  let walkedFor = 0
  /** Pruning has looked at the rows up to this one. It begins again when there is none behind it. */
  let seen = 0

  const mark = (): number => ask<{ value: number }>(`select value from counters where name = 'event_keys'`)[0]?.value ?? 0
  const setMark = (upTo: number) =>
    ask(`insert into counters (name, value) values ('event_keys', ?) on conflict (name) do update set value = excluded.value`, upTo)
  const index = (high: number, n: number) => ask('insert into event_key_index (high, n) values (?, ?) on conflict do nothing', high, n)

  /** Reads what is in no index yet. Returns the number of the next row. */
  function readTail(): number {
    const from = mark()
    let last = from
    for (const { high, n } of ask<{ high: number; n: number }>('select high, n from event_keys where n > ? order by n', from)) {
      tail.add(high, n)
      last = n
    }
    return last + 1
  }

  function find({ high, low }: EventKey): (EventKeyRow & { n: number }) | null {
    const indexed = ask<{ n: number }>('select n from event_key_index where high = ?', high)
    for (const n of [...tail.of(high), ...indexed.map(({ n }) => n)]) {
      const [row] = ask<EventKeyRow & { n: number }>('select n, high, low, hash, body, at from event_keys where n = ?', n)
      if (row === undefined && !left.has(n)) tail.drop(high, n)
      if (row?.high === high && row.low === low) return row
    }
    return null
  }

  function append(n: number, { high, low, hash, body, at }: EventKeyRow): void {
    ask('insert into event_keys (n, high, low, hash, body, at) values (?, ?, ?, ?, ?, ?)', n, high, low, hash, body, at)
    // Merging does not keep up, or fails: memory stays bounded.
    if (tail.size() >= MOST * full) index(high, n)
    else tail.add(high, n)
  }

  function mergeStep(started: Merge | null): Merge {
    // In its turn no other transaction is open, so every row before `next` is committed, or is gone.
    const { highs, ns, upTo, done } = started ?? { ...tail.sorted(), upTo: next! - 1, done: 0 }
    const end = Math.min(done + step, highs.length)
    for (let i = done; i < end; i++) index(highs[i]!, ns[i]!)
    if (end === highs.length) setMark(upTo)
    return { highs, ns, upTo, done: end }
  }

  function merged({ highs, ns, upTo }: Merge): void {
    for (const [i, n] of ns.entries()) tail.drop(highs[i]!, n)
    for (const n of left) if (n <= upTo) left.delete(n)
  }

  /** The last row of the next step of pruning; null when it has looked at all of them. A length is read without the text. */
  function lastOfStep(): number | null {
    const rows = ask<{ n: number; bytes: number }>('select n, octet_length(body) as bytes from event_keys where n > ? order by n limit ?', seen, pruned)
    let sum = 0
    for (const [i, row] of rows.entries()) {
      sum += row.bytes
      if (sum > bytes) return rows[Math.max(i - 1, 0)]!.n
    }
    return rows.at(-1)?.n ?? null
  }

  /** Removes expired rows from a part of the table. All of it is looked at: behind a row with a time in the future there are others. */
  function pruneStep(expired: Millis): boolean {
    const last = lastOfStep()
    if (last === null) {
      seen = 0
      return false
    }
    const gone = ask<EventKey & { n: number }>('delete from event_keys where n > ? and n <= ? and at < ? returning n, high', seen, last, expired)
    const first = firstRow()
    for (const { high, n } of gone) if (n > first) ask('delete from event_key_index where high = ? and n = ?', high, n)
    seen = last
    return true
  }

  const firstRow = (): number => ask<{ n: number }>('select n from event_keys order by n limit 1')[0]?.n ?? next ?? 0

  /** Removes what leads to rows that are gone, from a part of the index. */
  function walkStep(): boolean {
    const first = firstRow()
    walk ??= first === walkedFor ? null : { high: -1, first }
    if (walk === null) return false
    const [last] = ask<{ high: number }>('select high from event_key_index where high > ? order by high limit 1 offset ?', walk.high, pruned)
    const upTo = last?.high ?? Number.MAX_SAFE_INTEGER
    ask('delete from event_key_index where high > ? and high <= ? and n < ?', walk.high, upTo, walk.first)
    if (last === undefined) walkedFor = walk.first
    walk = last === undefined ? null : { ...walk, high: last.high }
    return walk !== null
  }

  return {
    async take(_trx, rows, expired, except) {
      if (!isOpen()) throw new Error('Keys are taken inside a transaction')
      const others = await except
      next ??= readTail()
      const held: EventKeyRow[] = []
      for (const row of rows) {
        if (others.has(row)) continue
        const known = find(row)
        if (known !== null && known.at >= expired) {
          held.push(known)
          continue
        }
        if (known !== null) {
          left.add(known.n)
          ask('delete from event_keys where n = ?', known.n)
        }
        append(next++, row)
      }
      return held
    },
    async isTaken(key, expired) {
      const row = await inTurn(() => {
        next ??= readTail()
        return find(key)
      })
      return row !== null && row.at >= expired
    },
    async load() {
      await inTurn(() => {
        const from = mark()
        const many = MOST * full
        // After a restore: all rows are in no index.
        const [seen] = ask<{ count: number }>('select count(*) as count from (select 1 from event_keys where n > ? limit ?)', from, many)
        if (seen!.count < many) return
        ask('insert into event_key_index (high, n) select high, n from event_keys where n > ? order by high, n on conflict do nothing', from)
        ask(`update counters set value = (select max(n) from event_keys) where name = 'event_keys'`)
      })
      next ??= await inTurn(readTail)
    },
    async merge() {
      if (next === null || (merging === null && tail.size() < full)) return false
      const now = await inTurn(() => mergeStep(merging))
      merging = now.done < now.highs.length ? now : null
      if (merging === null) merged(now)
      return merging !== null || tail.size() >= full
    },
    prune: (expired: Millis) => inTurn(() => (walk === null && pruneStep(expired)) || walkStep()),
  }
}
