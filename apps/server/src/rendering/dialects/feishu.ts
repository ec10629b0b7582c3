import { escapeLark } from '../../domain/escape.ts'
import type { Dialect } from '../print.ts'
import { linkTarget } from './markdown.ts'
import { bulleted, rowsAsLines } from './plain-blocks.ts'

/**
 * Feishu's lark_md in cards (https://open.feishu.cn/document/common-capabilities/message-card/message-cards-content/using-markdown-tags):
 * emphasis and links, nothing else. (unverified): that every character has a numbered entity.
 */
export const feishu: Dialect = {
  text: escapeLark,
  strong: (inner) => `**${inner.replaceAll('**', '')}**`,
  em: (inner) => `*${inner}*`,
  del: (inner) => `~~${inner}~~`,
  code: escapeLark,
  link: (label, href, bare) => `[${bare ? escapeLark(href) : label}](${linkTarget(href)})`,
  lineBreak: '\n',
  paragraph: (inner) => inner,
  heading: (inner) => `**${inner.replaceAll('**', '').replace(/\s{0,9}\n/g, ' ')}**`,
  codeBlock: escapeLark,
  quote: (inner) => inner.replace(/^/gm, '│ '),
  list: bulleted,
  table: rowsAsLines('**'),
  rule: '———',
  gap: '\n\n',
}
