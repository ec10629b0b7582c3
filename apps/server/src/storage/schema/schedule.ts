/** The hub's own loops. */
export interface ScheduleTables {
  jobs: JobsTable
}

/** Loops that run once per database. */
export interface JobsTable {
  name: string
  /** The node that runs it; null while none does. */
  owner: string | null
  leased_until: number | null
  /** Not before this time. */
  next_at: number
}
