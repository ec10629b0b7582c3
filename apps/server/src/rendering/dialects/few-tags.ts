import { escapeTags, escapeTelegram } from '../../domain/escapes/tags.ts'
import type { Dialect } from '../print.ts'
import { bulleted, rowsAsLines } from './plain-blocks.ts'

const base = {
  text: escapeTags,
  strong: (inner: string) => `<b>${inner}</b>`,
  em: (inner: string) => `<i>${inner}</i>`,
  del: (inner: string) => `<s>${inner}</s>`,
  link: (label: string, href: string) => `<a href="${escapeTags(href)}">${label}</a>`,
  lineBreak: '\n',
  paragraph: (inner: string) => inner,
  heading: (inner: string) => `<b>${inner.replace(/\s{0,9}\n/g, ' ')}</b>`,
  list: bulleted,
  table: rowsAsLines('<b>', '</b>'),
  rule: '———',
  gap: '\n\n',
}

/** Telegram's HTML (https://core.telegram.org/bots/api#html-style): a few tags, literal line breaks, no nested quotes. */
export const telegram: Dialect = {
  ...base,
  text: escapeTelegram,
  codes: { author: /(?!)/g, channel: /(?<![\p{L}\p{N}._%+/-])@[A-Za-z]\w{3,31}\b/gu },
  code: (plain) => (plain.trim() === '' ? plain : `<code>${escapeTags(plain)}</code>`),
  codeBlock: (plain, lang) =>
    /^[\w+#-]+$/.test(lang) ? `<pre><code class="language-${lang}">${escapeTags(plain)}</code></pre>` : `<pre>${escapeTags(plain)}</pre>`,
  quote: (inner) => `<blockquote>${inner.replace(/<\/?blockquote>/g, '')}</blockquote>`,
}

/** The text of Google Chat's cards (https://developers.google.com/workspace/chat/format-messages#card-formatting): no code, no quotes. */
export const googleChat: Dialect = {
  ...base,
  code: escapeTags,
  codeBlock: (plain) => escapeTags(plain),
  quote: (inner) => inner.replace(/^/gm, '│ '),
}
