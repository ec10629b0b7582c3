import { readdir, readFile } from 'node:fs/promises'
import pg from 'pg'
import type { Database } from './database.ts'

/** What a line of `/proc/<pid>/stat` says. Times in seconds. */
export interface ProcessTime {
  name: string
  parent: number
  own: number
  /** Of its children that have ended. */
  ended: number
}

/** `USER_HZ`: https://man7.org/linux/man-pages/man5/proc_pid_stat.5.html counts in these, a hundred a second. */
const TICKS = 100

export function readStat(line: string): ProcessTime {
  const [start, end] = [line.indexOf('('), line.lastIndexOf(')')] // a name may contain both, and spaces
  const fields = line.slice(end + 2).split(' ')
  const ticks = (user: number) => (Number(fields[user]) + Number(fields[user + 1])) / TICKS
  return { name: line.slice(start + 1, end), parent: Number(fields[1]), own: ticks(11), ended: ticks(13) }
}

const postmasters = new Map<string, Promise<number | null>>()

/**
 * Processor time of the PostgreSQL server until now, in seconds: of the first process and of all sessions and helpers that it started. Null without
 * one, and where its processes cannot be seen: on another machine or without /proc.
 */
export async function serverSeconds({ engine, url }: Database): Promise<number | null> {
  if (engine === 'sqlite') return null
  const known = postmasters.get(url) ?? findPostmaster(url)
  postmasters.set(url, known)
  const postmaster = await known
  if (postmaster === null) return null
  const pids = (await readdir('/proc')).filter((name) => /^\d+$/.test(name)).map(Number)
  const times = await Promise.all(pids.map(async (pid) => ({ pid, time: await timeOf(pid) })))
  return times.reduce((sum, { pid, time }) => {
    if (time === null) return sum
    if (pid === postmaster) return sum + time.own + time.ended
    return time.parent === postmaster ? sum + time.own : sum
  }, 0)
}

async function findPostmaster(url: string): Promise<number | null> {
  const client = new pg.Client({ connectionString: url })
  await client.connect()
  try {
    const { rows } = await client.query<{ pid: number }>('select pg_backend_pid() as pid')
    const session = await timeOf(rows[0]?.pid ?? 0)
    return session?.name === 'postgres' ? session.parent : null
  } finally {
    await client.end()
  }
}

const timeOf = (pid: number): Promise<ProcessTime | null> => readFile(`/proc/${pid}/stat`, 'utf8').then(readStat, () => null)
