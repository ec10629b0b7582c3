import { escapeHtml } from './entities.ts'
import { safeLink } from './links.ts'
import { plainValue, type Sealed, unseal, type Value } from './sealed.ts'

/** Attributes with a link target, quoted or unquoted. Only the author's text: values are still sealed here. */
const TARGET = /\b(href|src|action|formaction|background)(\s*=\s*)("[^"]*"|'[^']*'|[^\s>]+)/gi

/** White space as a character reference too: in an unquoted attribute a plain space would start a second attribute. */
const asEntities = (value: Value): string => escapeHtml(plainValue(value)).replace(/[\s`=]/g, (char) => (char === '\n' ? '&#10;' : `&#${char.charCodeAt(0)};`))

/**
 * An author's own HTML with the values inserted as text. A target that contains data must be http(s) or mailto; otherwise it is disabled. A path
 * leads below `base`, the address of the application: in a mail it would lead nowhere.
 */
export function htmlOverride({ text, values }: Sealed, base?: string): string {
  const checked = text.replace(TARGET, (all, name: string, equals: string, quoted: string) => {
    const target = unseal(quoted.replace(/^["']|["']$/g, ''), values, plainValue)
    if (!quoted.includes('\ufdd0') && !/^\s*\/(?!\/)/.test(target)) return all
    return `${name}${equals}"${escapeHtml(safeLink(target, base) ?? '#')}"`
  })
  return unseal(checked, values, asEntities)
}
