import { escapeChatMarkdown } from '../../domain/escape.ts'
import type { Severity } from '../../domain/event-type.ts'
import type { Message } from '../../domain/message.ts'
import { bodyWithin, cutEscaped } from './markup.ts'
import { oneLine, truncate } from './truncate.ts'

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

/** A Markdown link as the title of a post, or bold text when the message has no URL. At most 1510 characters. */
export function headline(message: Message): string {
  const title = cutEscaped(oneLine(message.title), 500, escapeChatMarkdown)
  const target = message.url === undefined ? '' : linkTarget(message.url)
  return target === '' || target.length > LINKS ? `**${title}**` : `**[${title}](${target})**`
}

/** The first `most` links of a message in one line of Markdown, as many as fit into 1000 characters. */
export function linkLine(message: Message, most: number): string {
  let line = ''
  for (const { label, url } of message.actions.slice(0, most)) {
    const longer = `${line}${line === '' ? '' : ' · '}[${escapeChatMarkdown(truncate(oneLine(label), 100))}](${linkTarget(url)})`
    if (longer.length <= LINKS) line = longer
  }
  return line
}

/** The Slack attachment that Mattermost and Rocket.Chat adopted: a colour bar, the text, fields side by side and a picture. */
export function attachmentOf(message: Message, limit: number): Record<string, unknown> {
  const links = linkLine(message, 5)
  const body = bodyWithin(message, limit, escapeChatMarkdown)
  return {
    color: COLOURS[message.severity],
    text: [body, links].filter((part) => part.trim() !== '').join('\n\n'),
    fields: message.fields.slice(0, 10).map(({ label, value }) => ({
      short: value.length <= 40,
      title: cutEscaped(oneLine(label), 100, escapeChatMarkdown),
      value: cutEscaped(value, 500, escapeChatMarkdown),
    })),
    image_url: message.image,
  }
}

/** Brackets and whitespace would end a Markdown link. */
export const linkTarget = (href: string): string => href.replace(/[()<>\\\s]/g, percent)

/** Percent-encodes every UTF-8 byte (`encodeURIComponent` leaves brackets unchanged). */
const percent = (sign: string): string => Array.from(Buffer.from(sign), (byte) => `%${byte.toString(16).toUpperCase().padStart(2, '0')}`).join('')
