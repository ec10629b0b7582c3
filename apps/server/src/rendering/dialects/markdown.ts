import { escapeMarkdown } from '../../domain/escape.ts'
import type { Dialect } from '../print.ts'

/**
 * CommonMark (https://spec.commonmark.org/0.31.2/) with GFM's tables and strike-through, for ntfy, Gotify, webhooks and other receivers
 * that parse it. Escapes only characters that would be markup at their position, so that plain sentences stay plain.
 */
export const markdown: Dialect = {
  text: escapeMarkdown,
  strong: (inner) => `**${inner}**`,
  em: (inner) => `*${inner}*`,
  del: (inner) => `~~${inner}~~`,
  code: codeSpan,
  link: (label, href) => `[${label}](${linkTarget(href)})`,
  lineBreak: '  \n',
  paragraph: (inner) => inner,
  heading: (inner, depth) => `${'#'.repeat(depth)} ${inner.replace(/\s{0,9}\n/g, ' ')}`,
  codeBlock: fenced,
  quote: (inner) => inner.replace(/^/gm, '> '),
  list: (items, start) =>
    items
      .map((item, i) => {
        const mark = start === null ? '- ' : `${start + i}. `
        return mark + item.replaceAll('\n', `\n${' '.repeat(mark.length)}`)
      })
      .join('\n'),
  table: (header, rows) => [tableRow(header), tableRow(header.map(() => '---')), ...rows.map(tableRow)].join('\n'),
  rule: '---',
  gap: '\n\n',
}

/** Backticks around code, more of them than the code itself has in a row. */
function codeSpan(text: string): string {
  if (text.trim() === '') return text
  const ticks = '`'.repeat(longestRun(text) + 1)
  const space = text.startsWith('`') || text.endsWith('`') || (text.startsWith(' ') && text.endsWith(' ')) ? ' ' : ''
  return `${ticks}${space}${text}${space}${ticks}`
}

function fenced(text: string, lang: string): string {
  const fence = '`'.repeat(Math.max(3, longestRun(text) + 1))
  return `${fence}${lang}\n${text}\n${fence}`
}

const longestRun = (text: string): number => (text.match(/`+/g) ?? []).reduce((longest, run) => Math.max(longest, run.length), 0)

/** URLs are already percent-encoded; only brackets and the characters that Markdown interprets inside a target remain. */
export const linkTarget = (href: string): string =>
  href.replace(/[()<>\\\s*_`[\]]/g, (char) => (char === '_' ? char : `%${char.charCodeAt(0).toString(16).toUpperCase().padStart(2, '0')}`))

const tableRow = (cells: string[]): string => `| ${cells.map((cell) => cell.replace(/\s{0,9}\n/g, ' ')).join(' | ')} |`
