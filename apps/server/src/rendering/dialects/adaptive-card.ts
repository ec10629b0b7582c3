import { escapeCard } from '../../domain/escapes/card.ts'
import { linkTarget } from '../../domain/escapes/link-target.ts'
import type { Dialect } from '../print.ts'
import { rowsAsLines } from './plain-blocks.ts'

/**
 * The Markdown of an Adaptive Card's TextBlock (https://learn.microsoft.com/adaptive-cards/authoring-cards/text-features): emphasis,
 * links and lists; one line break is none, two are a paragraph.
 */
export const adaptiveCard: Dialect = {
  text: escapeCard,
  strong: (inner) => `**${inner}**`,
  em: (inner) => `_${inner}_`,
  del: (inner) => inner,
  code: (plain) => escapeCard(plain, { label: true }),
  link: (label, href, bare) => `[${bare ? escapeCard(href, { label: true }) : label}](${linkTarget(href)})`,
  lineBreak: '\n\n',
  paragraph: (inner) => inner,
  heading: (inner) => `**${inner.replace(/\s{0,9}\n/g, ' ')}**`,
  boldHeadings: true,
  codeBlock: (plain) => escapeCard(plain, { label: true }).replace(/\n+/g, '\n\n'),
  quote: (inner) => inner.replace(/^(?=.)/gm, '│ '),
  // A list would end at a paragraph, so an item is one line.
  list: (items, start) => items.map((item, i) => (start === null ? '- ' : `${start + i}. `) + item.replace(/\s{0,9}\n\s*/g, ' ')).join('\r'),
  table: (header, rows) => rowsAsLines('**')(header, rows).replaceAll('\n', '\n\n'),
  rule: '———',
  gap: '\n\n',
}
