import { dialects, type Format } from '../dialects/index.ts'
import { renderSealed } from '../liquid.ts'
import { parseMarkdown } from '../markdown.ts'
import { print } from '../print.ts'
import { visible } from '../visible.ts'
import type { Reader, Seen } from './readers/reader.ts'

/** A word that no reader changes: it shows what a template looks like without the text in question. */
const WORD = 'Qqq'

const shown = (format: Format, template: string, x: string): string =>
  print(parseMarkdown(renderSealed(template, { data: { x }, user: {}, event: {}, url: '', instance: {} }, { locale: 'en', timezone: 'UTC' })), dialects[format])

/** Without separators that show nothing, and with white space folded, as Markdown does. */
const flat = (text: string): string =>
  text
    .replaceAll('\u200b', '')
    .replace(/[ \t\n\u00a0]+/g, ' ')
    .trim()

/**
 * The texts that a reader does not show as they are, or in which it finds markup that the template does not have. Each line is JSON: the
 * text, the message, what is seen.
 */
export function faults(read: Reader, format: Format, template: string, texts: readonly string[]): string[] {
  const plain = read(shown(format, template, WORD))
  const expected = flat(plain.text)
  return texts.flatMap((x) => {
    const message = shown(format, template, x)
    const seen: Seen = read(message)
    const strange = seen.marks.filter((kind) => !plain.marks.includes(kind))
    const right = flat(expected.replaceAll(WORD, () => visible(x)))
    // A label that a reader cannot hold stands before the address.
    const shows = flat(seen.text).replace(/ https:\/\/ok\.example\/(?= there$)/, '')
    return strange.length === 0 && shows === right ? [] : [JSON.stringify({ x, message, seen: flat(seen.text), strange })]
  })
}
