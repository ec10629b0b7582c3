import { besideUrls, endsClearly } from './bare-urls.ts'
import { linkTarget } from './link-target.ts'
import { type Escape, everyLine, type Signs, ZERO } from './place.ts'
import { NUMBER, SHORT_CODE } from './signs.ts'

const signs: Signs = (line) =>
  line
    .replace(/[\\`*_~|[\]<]|@(?=everyone|here)/gi, '\\$&')
    .replace(SHORT_CODE, '\\:')
    .replace(/^(\s*)(?=[#+\-=>])/, '$1\\')
    .replace(NUMBER, '$1\\')

/** A URL that is text: titles, names of fields and labels are read, but bare URLs in them are not links. */
const unlinked: Signs = (line, place) => signs(line, place).replace(/:(?=\/\/)/g, '\\:')

const linked = besideUrls(unlinked, (url, beside) => {
  // Emphasis is read before URLs are; and ftp is no link.
  if (url.startsWith('ftp') || (beside.marked === true && /[*_~]/.test(url))) return unlinked(url, beside)
  return endsClearly(beside) && !url.endsWith(')') ? url : `<${url}>`
})

/** Plain text for Discord (https://support.discord.com/hc/en-us/articles/210298617), where a backslash escapes every sign. */
export const escapeDiscord: Escape = everyLine((line, place) => (place.label === true ? unlinked : linked)(line, place))

/** The same for titles and names of fields. */
export const escapeDiscordTitle: Escape = everyLine(unlinked)

/** A link. Its label ends at the bracket that closes the first one, whether or not that is escaped; other labels stand before the address. */
export const discordLink = (label: string, href: string): string => (isBalanced(label) ? `[${label}](${linkTarget(href)})` : `${label} <${linkTarget(href)}>`)

function isBalanced(label: string): boolean {
  let open = 0
  for (const sign of label) {
    if (sign === '[') open++
    else if (sign === ']') open--
    if (open < 0 || open > 1) return false
  }
  return open === 0
}

/** Emphasis. An escaped sign at its end would be taken for the first of those that end it. */
export const discordMark =
  (sign: '**' | '*' | '~~') =>
  (inner: string): string =>
    `${sign}${inner}${/[*_~|]$/.test(inner) ? ZERO : ''}${sign}`
