import { directionOfHtml } from '../direction.ts'
import type { Dialect } from '../print.ts'
import { html } from './html.ts'

/** The first tag of an element, with a direction. */
const turned = (element: string, direction: string): string => element.replace(/^<\w+/, `$& dir="${direction}"`)
const auto = (element: string): string => turned(element, 'auto')

/** `auto` does not look into elements that have a direction of their own, so that of what contains them is written out. */
function around(element: string): string {
  const direction = directionOfHtml(element)
  return direction === null ? element : turned(element, direction)
}

/** HTML for mails: every text runs in its own direction, which is not that of the reader's language. */
export const mailHtml: Dialect = {
  ...html,
  paragraph: (inner) => auto(html.paragraph(inner)),
  heading: (inner, depth) => auto(html.heading(inner, depth)),
  codeBlock: (plain, lang) => auto(html.codeBlock(plain, lang)),
  quote: (inner) => around(html.quote(inner)),
  // In texts `<` is escaped, so these are tags.
  list: (items, start) => around(html.list(items, start).replaceAll('<li>', '<li dir="auto">')),
  table: (header, rows) => around(html.table(header, rows).replaceAll(/<t[hd](?=>)/g, '$& dir="auto"')),
}
