import type { UserProfile } from '../domain/event.ts'

/** One recipient before its data is read. */
export type Member =
  | { kind: 'user'; id: string; profile?: UserProfile }
  /** `id` is `adr_…`, a hash of the folded address. */
  | { kind: 'address'; id: string; email: string; name?: string; locale?: string }
