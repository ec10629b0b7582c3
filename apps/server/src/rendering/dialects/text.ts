import type { Dialect } from '../print.ts'

const after = (href: string): string => (href.startsWith('mailto:') ? href.slice(7) : href)

/** Plain text: nothing to escape, structure by line breaks, links as `label (url)`. */
export const text: Dialect = {
  text: (plain) => plain,
  literal: true,
  strong: (inner) => inner,
  em: (inner) => inner,
  del: (inner) => inner,
  code: (plain) => plain,
  link: (label, href, bare) => (bare ? label : `${label} (${after(href)})`),
  lineBreak: '\n',
  paragraph: (inner) => inner,
  heading: (inner) => inner,
  codeBlock: (plain) => plain,
  quote: (inner) => inner.replace(/^/gm, '> '),
  list: (items, start) =>
    items
      .map((item, i) => {
        const mark = start === null ? '- ' : `${start + i}. `
        return mark + item.replaceAll('\n', `\n${' '.repeat(mark.length)}`)
      })
      .join('\n'),
  table: (header, rows) => [header, ...rows].map((row) => row.join(' | ')).join('\n'),
  rule: '---',
  gap: '\n\n',
  keepsBlanks: true,
}
