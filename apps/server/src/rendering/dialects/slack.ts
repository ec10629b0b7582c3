import { escapeSlack } from '../../domain/escape.ts'
import type { Dialect } from '../print.ts'
import { bulleted, rowsAsLines } from './plain-blocks.ts'

/** Slack's mrkdwn (https://docs.slack.dev/messaging/formatting-message-text): no headings, no lists, no tables. */
export const slack: Dialect = {
  text: escapeSlack,
  strong: (inner) => `*${within(inner, '*')}*`,
  em: (inner) => `_${within(inner, '_')}_`,
  del: (inner) => `~${within(inner, '~')}~`,
  code: (plain) => (plain.trim() === '' ? plain : `\`${named(plain.replaceAll('`', 'ˋ').replace(/\s{0,9}\n/g, ' '))}\``),
  link: (label, href, bare) => `<${target(href)}${bare ? '' : `|${label.replace(/\s{0,9}\n/g, ' ')}`}>`,
  lineBreak: '\n',
  paragraph: (inner) => inner,
  heading: (inner) => `*${within(inner.replace(/\s{0,9}\n/g, ' '), '*')}*`,
  // A zero-width space, so that the code cannot close its own fence.
  codeBlock: (plain) => `\`\`\`\n${named(plain.replaceAll('```', '``\u200b`'))}\n\`\`\``,
  quote: (inner) => inner.replace(/^/gm, '> '),
  list: bulleted,
  table: rowsAsLines('*'),
  rule: '———',
  gap: '\n\n',
}

const named = (text: string): string => text.replace(/[&<>]/g, (sign) => ({ '&': '&amp;', '<': '&lt;', '>': '&gt;' })[sign] ?? sign)

/** A second pair of the same sign would close the first; literal signs are put between zero-width spaces and stay visible. */
const within = (inner: string, sign: string): string => inner.replaceAll(new RegExp(`(?<!\u200b)\\${sign}(?!\u200b)`, 'g'), '')

const target = (href: string): string => named(href.replace(/[<>|]/g, (sign) => encodeURIComponent(sign)))
