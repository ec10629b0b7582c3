import { linkTarget } from '../../domain/escapes/link-target.ts'
import type { Escape } from '../../domain/escapes/place.ts'
import type { Severity } from '../../domain/event-type.ts'
import type { Message } from '../../domain/message.ts'
import { bodyWithin, fieldsWithin, labelWithin, titleWithin } from './markup.ts'

const COLOURS: Record<Severity, string> = {
  debug: '#95a5a6',
  info: '#3AA3E3',
  success: '#27ae60',
  warning: '#f0a30a',
  error: '#d63a2f',
  critical: '#d63a2f',
}

/** Longer addresses would displace the text in posts of a few thousand characters; a truncated link is useless. */
const LINKS = 1000

/** How one reader writes what stands around a body. */
export interface Notation {
  plain: Escape
  strong(inner: string): string
  /** `label` is escaped. */
  link(label: string, href: string): string
}

/** The notation of chats that descend from Markdown. */
export const markdownNotation = (plain: Escape): Notation => ({
  plain,
  strong: (inner) => `**${inner}**`,
  link: (label, href) => `[${label}](${linkTarget(href)})`,
})

/** A link as the title of a post, or bold text when the message has no URL. At most 1510 characters. */
export function headline(message: Message, { plain, strong, link }: Notation): string {
  const { url } = message
  if (url === undefined || linkTarget(url).length > LINKS) return strong(titleWithin(message, 500, (text) => plain(text, { after: true })))
  return strong(
    link(
      titleWithin(message, 500, (text) => plain(text, { after: true, label: true })),
      url,
    ),
  )
}

/** The first `most` links of a message in one line, as many as fit into 1000 characters. */
export function linkLine(message: Message, most: number, { plain, link }: Notation): string {
  let line = ''
  for (const [i, { url }] of message.actions.slice(0, most).entries()) {
    const longer = `${line}${line === '' ? '' : ' · '}${link(labelWithin(message, i, 200, plain), url)}`
    if (longer.length <= LINKS) line = longer
  }
  return line
}

/** The Slack attachment that Mattermost and Rocket.Chat adopted: a colour bar, the text, fields side by side and a picture. */
export function attachmentOf(message: Message, limit: number, notation: Notation): Record<string, unknown> {
  const body = bodyWithin(message, limit, notation.plain)
  return {
    color: COLOURS[message.severity],
    text: [body, linkLine(message, 5, notation)].filter((part) => part.trim() !== '').join('\n\n'),
    fields: fieldsWithin(message, 10, { label: 100, value: 500 }, notation.plain).map(({ label, value, short }) => ({ short, title: label, value })),
    image_url: message.image,
  }
}
