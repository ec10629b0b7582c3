import type { Generated } from 'kysely'

/** Tasks. */
export interface QueueTables {
  work: WorkTable
  work_claims: WorkClaimsTable
}

export interface WorkTable {
  id: Generated<number>
  name: string
  ref: string
  due_at: number
  priority: number
  attempts: number
  /** Leases in a row that ended without a result. */
  crashes: number
  leased_until: number | null
  /** The reason it was given up; such rows stay for a human. */
  quarantined: string | null
  created_at: number
}

/** PostgreSQL only: facts that pg-boss does not store about a job that is delayed or was ever claimed. */
export interface WorkClaimsTable {
  /** The job's id in pg-boss. */
  task: string
  name: string
  /** When the hub's clock makes it due; null once that was done. */
  due_at: number | null
  /** The number of the holder's advisory lock. */
  node: number | null
  leased_until: number | null
  attempts: number
  /** Leases in a row that ended without a result. */
  crashes: number
}
