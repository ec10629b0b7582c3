/** The actor of a change, for the audit log. */
export interface By {
  /** `key:key_…`, `user:<id>`, or another actor. */
  actor: string
  requestId: string | null
}
