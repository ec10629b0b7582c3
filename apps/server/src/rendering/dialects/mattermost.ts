import { escapeMattermost } from '../../domain/escapes/mattermost.ts'
import type { Dialect } from '../print.ts'
import { shape } from './markdown.ts'

/** Mattermost’s Markdown (https://docs.mattermost.com/end-user-guide/collaborate/format-messages.html), always read. */
export const mattermost: Dialect = {
  ...shape,
  text: escapeMattermost,
  urls: true,
  flanking: true,
  codes: { author: /(?<![\p{L}\p{N}/]):[\w+-]+:/gu, channel: /(?<![\p{L}\p{N}/]):[\w+-]+:|(?<![\p{L}\p{N}._%+/-])@[a-z][\w.-]*/gu },
}
