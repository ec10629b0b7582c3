import type { JsonText } from './columns.ts'

/** API keys, tokens and limits. */
export interface SecurityTables {
  api_keys: ApiKeysTable
  tokens: TokensTable
  limits_used: LimitsUsedTable
}

export interface ApiKeysTable {
  id: string
  name: string
  /** Public part, by which the row is found. */
  prefix: string
  hash: string
  scopes: JsonText
  created_at: number
  expires_at: number | null
  last_used_at: number | null
  revoked_at: number | null
}

/** Single-use tokens: stream tickets and destination confirmations. */
export interface TokensTable {
  id: string
  purpose: string
  hash: string
  user_id: string
  ref: string | null
  expires_at: number
  used_at: number | null
  tries: number
}

/** How often a limit was used in its present window. */
export interface LimitsUsedTable {
  /** A hash of the limit and of what is counted. */
  key: string
  used: number
  /** The end of the window. */
  until: number
}
