import type { JsonText } from './columns.ts'

/** Event types. */
export interface CatalogueTables {
  event_types: EventTypesTable
}

export interface EventTypesTable {
  key: string
  /** The whole entry as JSON: it is always read whole and cached. */
  body: JsonText
  /** `api` or the name of the pack that defines it. */
  source: string
  created_at: number
  updated_at: number
}
