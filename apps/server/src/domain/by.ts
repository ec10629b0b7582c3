/** Who changes something, for the audit log. */
export interface By {
  /** `key:key_…`, `user:<id>`, or what else may act. */
  actor: string
  requestId: string | null
}
