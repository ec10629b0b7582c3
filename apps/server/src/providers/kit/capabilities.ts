import type { Unit } from '../../domain/cut.ts'
import type { Message, OptionalPart } from '../../domain/message.ts'

/** The dialect of `message.body`, and limits in the vendor's own unit. */
export interface Capabilities {
  /** One for each reader: `markdown` is CommonMark; `json` uses no body at all (webhook). */
  format:
    | 'text'
    | 'markdown'
    | 'html'
    | 'discord'
    | 'slack'
    | 'telegram'
    | 'feishu'
    | 'adaptive-card'
    | 'google-chat'
    | 'apprise'
    | 'mattermost'
    | 'rocketchat'
    | 'zulip'
    | 'json'
  title?: number
  body?: number
  /** The unit of `title` and `body`; `visible` counts no tags. */
  unit?: Unit
  /**
   * Whether the vendor takes the request that this message becomes: rendering cuts the body until it does, once, at the border of a grapheme
   * and never in markup. Declare it wherever something is written beside the body or the vendor measures the whole. Pure, and true for every
   * shorter body.
   */
  fits?(message: Message): boolean
  actions?: number
  /** Render without these parts: their addresses and the fields stand in the text. Set for a second try, by no provider. */
  without?: readonly OptionalPart[]
  fields?: number
  /** Limits of the texts of fields and buttons; needed where titles and fields are printed in the dialect, because then a cut may split an escape. */
  lengths?: { label?: number; value?: number; button?: number }
  /** Messages in flight at once on one connection, per node. */
  concurrency?: number
  /** At most `count` messages in `perMs` on one connection, per node. */
  rate?: { count: number; perMs: number }
  /** Whether a failure counts for the health of the destination's host (webhook, Discord) or of the connection; `ownTarget` overrides it per destination. */
  target?: 'connection' | 'destination'
  /** Custom retry table, milliseconds between attempts; absent = the default table. */
  retries?: number[]
}
