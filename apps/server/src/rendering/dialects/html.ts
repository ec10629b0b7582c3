import { escapeHtml } from '../entities.ts'
import type { Dialect } from '../print.ts'

/** HTML for every mail program: no classes, no scripts, no remote resources; the layout sets the colours. Links open in a new window and send no referrer. */
export const html: Dialect = {
  text: escapeHtml,
  strong: (inner) => `<strong>${inner}</strong>`,
  em: (inner) => `<em>${inner}</em>`,
  del: (inner) => `<del>${inner}</del>`,
  code: (plain) => `<code>${escapeHtml(plain)}</code>`,
  link: (label, href) => `<a href="${escapeHtml(href)}" target="_blank" rel="noopener noreferrer">${label}</a>`,
  lineBreak: '<br>',
  paragraph: (inner) => `<p>${inner}</p>`,
  heading: (inner, depth) => `<h${depth}>${inner}</h${depth}>`,
  codeBlock: (plain) => `<pre><code>${escapeHtml(plain)}</code></pre>`,
  quote: (inner) => `<blockquote>${inner}</blockquote>`,
  list: (items, start) => {
    const tag = start === null ? 'ul' : 'ol'
    const first = start === null || start === 1 ? '' : ` start="${start}"`
    return `<${tag}${first}>${items.map((item) => `<li>${item}</li>`).join('')}</${tag}>`
  },
  table: (header, rows) =>
    `<table><thead>${row('th', header)}</thead>${rows.length === 0 ? '' : `<tbody>${rows.map((cells) => row('td', cells)).join('')}</tbody>`}</table>`,
  rule: '<hr>',
  gap: '\n',
}

const row = (tag: string, cells: string[]): string => `<tr>${cells.map((cell) => `<${tag}>${cell}</${tag}>`).join('')}</tr>`
