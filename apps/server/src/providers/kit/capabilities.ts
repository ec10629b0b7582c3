/** Limits in the vendor's own unit, and the dialect in which `message.body` arrives. */
export interface Capabilities {
  /** `markdown` is plain CommonMark; `json` takes no body at all (webhook). */
  format: 'text' | 'markdown' | 'html' | 'discord' | 'slack' | 'telegram' | 'feishu' | 'adaptive-card' | 'google-chat' | 'chat-markdown' | 'json'
  title?: number
  body?: number
  /** In what `title` and `body` are counted. */
  unit?: 'chars' | 'bytes'
  actions?: number
  fields?: number
  /** Messages in flight at once on one connection, per node. */
  concurrency?: number
  /** At most `count` messages in `perMs` on one connection, per node. */
  rate?: { count: number; perMs: number }
  /** Whether the health of a failure belongs to the destination's host instead of the connection (webhook, Discord); some destinations only: `ownTarget`. */
  target?: 'connection' | 'destination'
  /** Own retry table, milliseconds between attempts; absent = the house table. */
  retries?: number[]
}
