/** The dialect of `message.body`, and limits in the vendor's own unit. */
export interface Capabilities {
  /** `markdown` is plain CommonMark; `json` uses no body at all (webhook). */
  format: 'text' | 'markdown' | 'html' | 'discord' | 'slack' | 'telegram' | 'feishu' | 'adaptive-card' | 'google-chat' | 'chat-markdown' | 'json'
  title?: number
  body?: number
  /** The unit of `title` and `body`. */
  unit?: 'chars' | 'bytes'
  actions?: number
  fields?: number
  /** Messages in flight at once on one connection, per node. */
  concurrency?: number
  /** At most `count` messages in `perMs` on one connection, per node. */
  rate?: { count: number; perMs: number }
  /** Whether a failure counts for the health of the destination's host (webhook, Discord) or of the connection; `ownTarget` overrides it per destination. */
  target?: 'connection' | 'destination'
  /** Custom retry table, milliseconds between attempts; absent = the default table. */
  retries?: number[]
}
