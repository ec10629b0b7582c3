import { discordLink, discordMark, escapeDiscord, escapeDiscordTitle } from '../../domain/escapes/discord.ts'
import { linkTarget } from '../../domain/escapes/link-target.ts'
import type { Dialect } from '../print.ts'

/** Emoji by name and by number, times. */
const CODE = /(?<![\p{L}\p{N}/]):[\w+-]+:|<a?:\w+:\d+>|<t:-?\d+(?::[A-Za-z])?>/gu

/**
 * Discord's Markdown (https://support.discord.com/hc/en-us/articles/210298617): three sizes of headings, masked links, no tables, no rules.
 * The provider disables mentions with `allowed_mentions`; here they only lose their formatting.
 */
export const discord: Dialect = {
  text: escapeDiscord,
  urls: true,
  codes: { author: CODE, channel: CODE },
  strong: discordMark('**'),
  em: discordMark('*'),
  del: discordMark('~~'),
  code: (plain) => (plain.trim() === '' ? plain : plain.includes('``') ? escapeDiscord(plain) : `\`\`${padded(plain)}\`\``),
  link: (label, href, bare) => (bare ? href : discordLink(label, href)),
  lineBreak: '\n',
  paragraph: (inner) => inner,
  heading: (inner, depth) => {
    const line = inner.replace(/\s{0,9}\n/g, ' ')
    return depth <= 3 ? `${'#'.repeat(depth)} ${line}` : `**${line}**`
  },
  // A zero-width space, so that the code cannot close its own fence.
  codeBlock: (plain, lang) => `\`\`\`${lang}\n${plain.replaceAll('```', '``\u200b`')}\n\`\`\``,
  quote: (inner) => inner.replace(/^/gm, '> '),
  list: (items, start) => items.map((item, i) => (start === null ? '- ' : `${start + i}. `) + item.replaceAll('\n', '\n  ')).join('\n'),
  table: (header, rows) => [header.map((cell) => (cell === '' ? cell : `**${cell}**`)), ...rows].map((row) => row.join(' · ')).join('\n'),
  rule: '———',
  gap: '\n\n',
  everywhere: { title: escapeDiscordTitle, address: linkTarget },
}

const padded = (text: string): string => (/^[\s`]|[\s`]$/.test(text) ? ` ${text} ` : text)
