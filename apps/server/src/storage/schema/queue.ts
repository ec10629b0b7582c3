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
  /** Leases in a row that ended without a word. */
  crashes: number
  leased_until: number | null
  /** Why it was given up; such rows stay for a human. */
  quarantined: string | null
  created_at: number
}

/** PostgreSQL only: what pg-boss does not know of a job that is delayed or was ever claimed. */
export interface WorkClaimsTable {
  /** The job's id in pg-boss. */
  task: string
  name: string
  /** When the hub's clock makes it due; null once that was done. */
  due_at: number | null
  /** Who holds it: the number of the node's advisory lock. */
  node: number | null
  leased_until: number | null
  attempts: number
  /** Leases in a row that ended without a word. */
  crashes: number
}
