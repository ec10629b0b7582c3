import { compile } from 'html-to-text'
import { escapeHtml } from './entities.ts'
import { safeLink } from './links.ts'
import { plainValue, type Sealed, unseal, type Value } from './sealed.ts'

/** Attributes that name a target, with their value in quotes or without. The author's text only: values are still sealed here. */
const TARGET = /\b(href|src|action|formaction|background)(\s*=\s*)("[^"]*"|'[^']*'|[^\s>]+)/gi

/** White space as a reference too: in an attribute without quotes a plain blank would begin a second attribute. */
const asEntities = (value: Value): string => escapeHtml(plainValue(value)).replace(/[\s`=]/g, (char) => (char === '\n' ? '&#10;' : `&#${char.charCodeAt(0)};`))

/** An author's own HTML with the values put in as text. A target that holds data must be http(s) or mailto; else it leads nowhere. */
export function htmlOverride({ text, values }: Sealed): string {
  const checked = text.replace(TARGET, (all, name: string, equals: string, quoted: string) => {
    if (!quoted.includes('\ufdd0')) return all
    const target = unseal(quoted.replace(/^["']|["']$/g, ''), values, plainValue)
    return `${name}${equals}"${escapeHtml(safeLink(target) ?? '#')}"`
  })
  return unseal(checked, values, asEntities)
}

const toText = compile({ wordwrap: false, selectors: [{ selector: 'img', format: 'skip' }], limits: { maxInputLength: 262_144 } })

/** The plain text beside an HTML mail whose event type has no Markdown body. */
export const textOfHtml = (html: string): string => toText(html).trim()
