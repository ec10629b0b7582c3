import { escapeMarkdown } from '../../domain/escapes/common-mark.ts'
import { linkTarget } from '../../domain/escapes/link-target.ts'
import { ZERO } from '../../domain/escapes/place.ts'
import type { Dialect } from '../print.ts'

/** The notation that all descendants of Markdown share; each has an escape of its own. */
export const shape = {
  strong: (inner) => `**${inner}**`,
  em: (inner) => `*${inner}*`,
  del: (inner) => `~~${inner}~~`,
  code: codeSpan,
  link: (label, href) => `[${label}](${linkTarget(href)})`,
  lineBreak: '  \n',
  paragraph: (inner) => inner,
  heading: (inner, depth) => `${'#'.repeat(depth)} ${inner.replace(/\s{0,9}\n/g, ' ').replace(/#$/, `#${ZERO}`)}`,
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
} satisfies Omit<Dialect, 'text'>

/**
 * CommonMark (https://spec.commonmark.org/0.31.2/) with GFM's tables and strike-through, for ntfy and Gotify. Escapes only characters that
 * would be markup at their position: some of their apps show the source.
 */
export const markdown: Dialect = { ...shape, text: escapeMarkdown, urls: true, flanking: true, announced: true }

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

const tableRow = (cells: string[]): string => `| ${cells.map((cell) => cell.replace(/\s{0,9}\n/g, ' ').replace(/(?<!\\)\|/g, '\\|')).join(' | ')} |`
