import type { Dialect } from '../print.ts'
import { discord } from './discord.ts'
import { html } from './html.ts'
import { markdown } from './markdown.ts'
import { text } from './text.ts'

/** The dialect behind each format that a provider may name; `json` gets the Markdown itself. */
export const dialects = { text, html, markdown, discord, json: markdown } satisfies Record<string, Dialect>
export type Format = keyof typeof dialects
