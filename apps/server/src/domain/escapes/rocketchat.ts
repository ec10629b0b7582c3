import { besideUrls, endsClearly } from './bare-urls.ts'
import { linkTarget } from './link-target.ts'
import { type Escape, everyLine, type Signs, ZERO } from './place.ts'
import { MENTION, SHORT_CODE } from './signs.ts'

const signs: Signs = (line, place) => {
  if (place.label === true) return line
  const inline = line
    .replace(/(?<=\\)[#.]|[*~`]/g, '\\$&')
    .replace(/(?<=\\)_|(?<![\p{L}\p{N}])_|_(?![\p{L}\p{N}])|_(?=[^\x00-\x7f])|(?<=[^\x00-\x7f])_/gu, '\\_')
    .replace(/(?<!\\)#(?=[\p{L}\p{N}_.-])/gu, '\\#')
    .replace(/mailto:(?=\S)/gi, `$&${ZERO}`)
    .replace(MENTION, `@${ZERO}`)
    .replace(SHORT_CODE, `:${ZERO}`)
    .replace(/\](?=\(|$)|\\(?=[([])|\|(?=\||$)|<(?=\w+:|$)/g, `$&${ZERO}`)
  return place.after === true ? inline : startOf(inline)
}

const startOf = (line: string): string =>
  /^\s*(?:>|-(?:\s|$|--)|\||\+\s)/.test(line) ? ZERO + line : line.replace(/^(\s*)(#{1,4}(?:\s|$))/, '$1\\$2').replace(/^(\s*\d{1,9})(?=\.(?:\s|$))/, '$1\\')

const linked = (label: string, href: string): string => `<${href}|${label}>`

/**
 * Plain text for Rocket.Chat (https://github.com/RocketChat/fuselage, `message-parser`). It has escapes for `# * . _` `` ` `` `~` and for nothing else, not even for
 * the backslash, and none inside emphasis; nothing is read in the label of a link. Mail addresses, names of hosts and telephone numbers become links by
 * themselves.
 */
export const escapeRocketChat: Escape = everyLine(
  besideUrls(signs, (url, beside) => (endsClearly(beside) && signs(url, { after: true }) === url ? url : linked(url, linkTarget(url)))),
)

/** What would end emphasis, or be read differently inside it. Such a text is written without. */
const WILD = /[*~`\\@#]|(?<![\p{L}\p{N}])_|_(?![\p{L}\p{N}])|<https?:[^<>]*_|\S<https?:|\u200b/u

/** Emphasis by one sign. */
export const rocketChatMark =
  (sign: '*' | '_' | '~') =>
  (inner: string): string =>
    WILD.test(inner) || inner.includes(sign) ? inner : sign + inner + sign

/** A link; the label is plain text. */
export const rocketChatLink = (label: string, href: string): string =>
  /[<>|]/.test(label) ? `${escapeRocketChat(label)} ${linked(href, linkTarget(href))}` : linked(label, linkTarget(href).replaceAll('|', '%7C'))
