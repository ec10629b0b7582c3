import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { connect } from '../../apps/server/src/storage/dialects/sqlite-connection.ts'
import { percentile } from './percentile.ts'

export interface CommitTime {
  p50Ms: number
  p99Ms: number
}

/** How long one row takes to be durable on this disk, including fsync: the basis of every durable figure. */
export function measureCommit(commits = 500): CommitTime {
  const folder = mkdtempSync(join(tmpdir(), 'carillon-disk-'))
  const raw = connect(join(folder, 'disk.db'))
  raw.exec('create table t (id integer primary key, at integer)')
  const insert = raw.prepare('insert into t (at) values (?)')
  const times: number[] = []
  for (let n = 0; n < commits; n++) {
    const began = performance.now()
    insert.run(n)
    times.push(performance.now() - began)
  }
  raw.close()
  rmSync(folder, { recursive: true })
  return { p50Ms: percentile(times, 50), p99Ms: percentile(times, 99) }
}
