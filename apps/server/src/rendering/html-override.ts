import { escapeHtml } from './entities.ts'
import { keptBlanks, shownBlanks } from './kept-blanks.ts'
import { safeLink } from './links.ts'
import { KeptLines, plainValue, type Sealed, unseal, type Value } from './sealed.ts'

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
  return unseal(withLines(checked, values), values, asEntities)
}

/** A value that keeps its lines (`| newline_to_br`), in the text of the page; in a tag its line breaks stay characters. */
const withLines = (text: string, values: Value[]): string =>
  text.replace(/<[a-z/!][^<>]*|\ufdd0(\d+)\ufdd1/gi, (all, index?: string) => {
    const value = index === undefined ? undefined : values[Number(index)]
    if (!(value instanceof KeptLines)) return all
    const lines = value.text.split('\n').map((line) => shownBlanks(escapeHtml(keptBlanks(line)), false))
    return lines.join('<br>')
  })
