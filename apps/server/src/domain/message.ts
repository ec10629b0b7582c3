import type { Priority, Severity } from './event-type.ts'
import type { JsonObject } from './json.ts'
import type { Millis } from './time.ts'

/** A link or button under a message. */
export interface Action {
  label: string
  url: string
}

/** A label and its value, shown as an embed field, a card field or a table row. */
export interface Field {
  label: string
  value: string
}

/** A part of a message without which it can be sent. */
export type OptionalPart = 'link' | 'picture' | 'buttons' | 'avatar' | 'fields'

/** A notification rendered for one channel: every text is final, in that channel's dialect and within its limits. */
export interface Message {
  /** One line without markup: subject, headline, push title. */
  title: string
  /** The body in the dialect that the provider's capabilities name. */
  body: string
  /** The body as plain text, always present. */
  text: string
  /** The body has no markup: vendors that read markup only where it is announced get `text`. */
  plain?: true
  /** Mail only: the whole HTML document. */
  html?: string
  severity: Severity
  priority: Priority
  url?: string
  image?: string
  actions: Action[]
  fields: Field[]
  /** Parts that are left out because the vendor refuses them; the addresses of link and buttons, and the fields, stand in the text. */
  without?: readonly OptionalPart[]
  /** Title, fields and labels of the actions once more, in the dialect of the body: their author wrote codes of the vendor in them, such as emoji. */
  coded?: { title: string; fields: Field[]; labels: string[] }
  locale: string
  /** The name of the hub. */
  instance: string
  /** On a person's device: their inbox entry, and how many of theirs are unread, for the badge. */
  notification?: { id: string; unread: number }
  /** The source of the message, for webhooks. */
  event: {
    id: string
    type: string
    category: string
    data: JsonObject
    tags: string[]
    createdAt: Millis
    topic?: string
    user?: { id: string }
    test?: true
  }
}

/** Whether this part is left out. */
export const lacks = ({ without }: Pick<Message, 'without'>, part: OptionalPart): boolean => without?.includes(part) === true
