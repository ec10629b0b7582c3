import { escapeSlack, slackEntities, slackMark } from '../../domain/escapes/slack.ts'
import type { Dialect } from '../print.ts'
import { bulleted, rowsAsLines } from './plain-blocks.ts'

/** Emoji by name, dates. */
const CODE = "(?<![\\p{L}\\p{N}/]):[\\w+'-]+:|<!date\\^\\d+\\^[^<>|]+(?:\\|[^<>|]*)?>"
const CALL = '<!(?:channel|here|everyone)>|<@[UW]\\w+>|<#C\\w+>|<!subteam\\^\\w+>'

/** Slack's mrkdwn (https://docs.slack.dev/messaging/formatting-message-text): no headings, no lists, no tables. */
export const slack: Dialect = {
  text: escapeSlack,
  urls: true,
  codes: { author: new RegExp(CODE, 'gu'), channel: new RegExp(`${CODE}|${CALL}`, 'gu') },
  strong: slackMark('*'),
  em: slackMark('_'),
  del: slackMark('~'),
  code: (plain) => (plain.trim() === '' ? plain : plain.includes('`') ? escapeSlack(plain) : `\`${slackEntities(plain.replace(/\s{0,9}\n/g, ' '))}\``),
  link: (label, href, bare) => `<${target(href)}${bare ? '' : `|${label.replace(/\s{0,9}\n/g, ' ')}`}>`,
  lineBreak: '\n',
  paragraph: (inner) => inner,
  heading: (inner) => slackMark('*')(inner.replace(/\s{0,9}\n/g, ' ')),
  boldHeadings: true,
  // A zero-width space, so that the code cannot close its own fence.
  codeBlock: (plain) => `\`\`\`\n${slackEntities(plain.replaceAll('```', '``\u200b`'))}\n\`\`\``,
  quote: (inner) => inner.replace(/^/gm, '> '),
  list: bulleted,
  table: rowsAsLines('*'),
  rule: '———',
  gap: '\n\n',
}

const target = (href: string): string => slackEntities(href.replace(/[<>|]/g, (sign) => encodeURIComponent(sign)))
