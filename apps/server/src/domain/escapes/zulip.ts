import { type Beside, besideUrls } from './bare-urls.ts'
import { linkTarget } from './link-target.ts'
import { type Escape, everyLine, type Signs, ZERO } from './place.ts'
import { flanked, NUMBER, REFERENCE, SHORT_CODE } from './signs.ts'

const numbered = (sign: string): string => `&#${sign.charCodeAt(0)};`

const STAR = flanked('*')
/** A rule, or the second row of a table. */
const RULE = /^(?=.*[-|])[\s|:-]*$/

const signs: Signs = (line, place) => {
  const inline = line
    .replace(REFERENCE, numbered)
    .replace(/`/g, numbered)
    .replace(place.marked === true ? /[*^~]/g : STAR, numbered)
    .replace(place.label === true ? /[[\]]/g : /(?!)/g, numbered)
    .replace(place.cell === true || RULE.test(line) ? /\|/g : /(?!)/g, numbered)
    .replace(/~(?=~|$)|\$(?=\$|$)|\](?=\(|$)|<(?=!?time:)/g, `$&${ZERO}`)
    .replace(/(?<=https?):(?=\/\/)/gi, `:${ZERO}`)
    .replace(SHORT_CODE, `:${ZERO}`)
  if (place.after === true) return inline
  return /^\s*(?:[-+]\s|[>#]|\/me\s|_ *_ *_|\s{4})/.test(inline) || RULE.test(line) || NUMBER.test(inline) ? ZERO + inline : inline
}

/** A bare URL is a link where white space or a sign stands before it, and white space or the end of a sentence behind it. */
const isLink = ({ before, next }: Beside): boolean => /(?:^|[\s'"(,:<])$/.test(before) && /^[!:;?),.'">]*(?:\s|$)/.test(next)

/** A URL with signs must not be read as one in the label, where they are references. */
function asLabel(url: string): string {
  const label = signs(url, { after: true, label: true })
  return label.replaceAll(ZERO, '') === url ? url : label
}

/**
 * Plain text for Zulip. It honours no backslash at all, and a star next to a zero-width character still begins emphasis. But numbered character references
 * are honoured before it looks for emphasis (https://github.com/zulip/zulip, `zerver/lib/markdown/__init__.py`, the pattern `entity`), and cannot be part of
 * any markup. Where a separation is enough, that is preferred.
 */
export const escapeZulip: Escape = everyLine(
  besideUrls(signs, (url, beside) => {
    if (url.includes('$$')) return signs(url, { after: true })
    return isLink(beside) ? url : `[${asLabel(url)}](${linkTarget(url)})`
  }),
)
