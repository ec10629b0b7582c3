import { escapeRocketChat, rocketChatLink, rocketChatMark } from '../../domain/escapes/rocketchat.ts'
import type { Dialect } from '../print.ts'
import { shape } from './markdown.ts'
import { rowsAsLines } from './plain-blocks.ts'

const strong = rocketChatMark('*')

/** Rocket.Chat’s notation (https://docs.rocket.chat/docs/message-formatting): single signs for emphasis, no tables, code of one line without backticks. */
export const rocketchat: Dialect = {
  ...shape,
  text: escapeRocketChat,
  urls: true,
  codes: { author: /(?<![\p{L}\p{N}/]):[\w+-]+:/gu, channel: /(?<![\p{L}\p{N}/]):[\w+-]+:|(?<![\p{L}\p{N}._%+/-])[@#][\p{L}\p{N}][\w.-]*/gu },
  strong,
  em: rocketChatMark('_'),
  del: rocketChatMark('~'),
  plainLabels: true,
  code: (plain) => (plain.trim() === '' ? plain : plain.includes('`') ? escapeRocketChat(plain) : `\`${plain}\``),
  link: (label, href, bare) => (bare ? label : rocketChatLink(label, href)),
  lineBreak: '\n',
  heading: (inner) => strong(inner.replace(/\s{0,9}\n/g, ' ')),
  boldHeadings: true,
  codeBlock: (plain) => `\`\`\`\n${plain.replaceAll('```', '``\u200b`')}\n\`\`\``,
  table: rowsAsLines('*'),
  rule: '———',
}
