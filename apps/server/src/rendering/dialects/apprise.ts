import { escapePythonMarkdown } from '../../domain/escapes/common-mark.ts'
import { ZERO } from '../../domain/escapes/place.ts'
import type { Dialect } from '../print.ts'
import { markdown, shape } from './markdown.ts'
import { rowsAsLines } from './plain-blocks.ts'

/** Markdown for an Apprise API server, which makes HTML of it with Python-Markdown for some services, and hands it on as it is to others. */
export const apprise: Dialect = {
  ...markdown,
  text: escapePythonMarkdown,
  del: (inner) => inner,
  table: rowsAsLines('**'),
  codeBlock: (plain) => shape.codeBlock(plain.replace(/^$/gm, ZERO), ''),
}
