import { escapeZulip } from '../../domain/escapes/zulip.ts'
import type { Dialect } from '../print.ts'
import { shape } from './markdown.ts'

const CODE = /(?<![\p{L}\p{N}/]):[\w+-]+:/gu

/** Zulip’s Markdown (https://zulip.com/help/format-your-message-using-markdown). An author’s calls (`@**name**`) are bold text by the time that they are printed. */
export const zulip: Dialect = {
  ...shape,
  text: escapeZulip,
  urls: true,
  codes: { author: CODE, channel: CODE },
  lineBreak: '\n',
}
