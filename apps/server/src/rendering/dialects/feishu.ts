import { escapeLark } from '../../domain/escapes/lark.ts'
import { linkTarget } from '../../domain/escapes/link-target.ts'
import type { Dialect } from '../print.ts'
import { bulleted, rowsAsLines } from './plain-blocks.ts'

/**
 * Feishu's lark_md in cards (https://open.feishu.cn/document/common-capabilities/message-card/message-cards-content/using-markdown-tags):
 * emphasis and links, nothing else. (unverified): that every character has a numbered entity.
 */
export const feishu: Dialect = {
  text: escapeLark,
  strong: (inner) => `**${inner}**`,
  em: (inner) => `*${inner}*`,
  del: (inner) => `~~${inner}~~`,
  code: (plain) => escapeLark(plain, { label: true }),
  link: (label, href, bare) => `[${bare ? escapeLark(href, { label: true }) : label}](${linkTarget(href)})`,
  lineBreak: '\n',
  paragraph: (inner) => inner,
  heading: (inner) => `**${inner.replace(/\s{0,9}\n/g, ' ')}**`,
  boldHeadings: true,
  codeBlock: (plain) => escapeLark(plain, { label: true }),
  quote: (inner) => inner.replace(/^/gm, '│ '),
  list: bulleted,
  table: rowsAsLines('**'),
  rule: '———',
  gap: '\n\n',
}
