/** Idempotency keys: those of events, and those of all other routes. */
export interface KeysTables {
  event_keys: EventKeysTable
  event_key_index: EventKeyIndexTable
  idempotency_keys: IdempotencyKeysTable
}

/** A key with which events were reported, and the answer. Rows are added and removed, never changed. */
export interface EventKeysTable {
  /** SQLite only: its number, in the order in which keys were taken. */
  n: never
  /** The first 48 bits of the hash of the caller's scope and the key. */
  high: number
  /** The other 48 bits. */
  low: number
  /** Of the request. */
  hash: string
  /** JSON of the 202 response. */
  body: string
  at: number
}

/** SQLite only: finds rows of `event_keys`. Two keys may begin alike, and rows may be gone: the row itself decides. */
export interface EventKeyIndexTable {
  high: number
  n: number
}

/** A key of a route whose work is not one transaction with it. */
export interface IdempotencyKeysTable {
  /** Scope of the caller and the key. */
  key: string
  hash: string
  /** 0 while the first request runs. */
  status: number
  body: string
  at: number
  /** The user whom the answer concerns: it ends with them. */
  user_id: string | null
}
