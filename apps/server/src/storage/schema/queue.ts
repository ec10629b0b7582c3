import type { Generated } from 'kysely'

/** Tasks. */
export interface QueueTables {
  work: WorkTable
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
  /** The process that holds the lease. */
  owner: string | null
  /** The reason it was given up; such rows stay for a human. */
  quarantined: string | null
  created_at: number
}
