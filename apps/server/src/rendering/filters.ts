import { cutFilters } from './cut-filters.ts'
import type { FilterHandler } from './filter.ts'
import { numberFilters } from './number-filters.ts'
import { KeptLines, plainValue, TrustedMarkdown, textOf } from './sealed.ts'
import { timeFilters } from './time-filters.ts'

/** Replaces Liquid's own filter, whose `<br />` would be shown as text: the value keeps its line breaks and blanks instead of being folded. */
const newlineToBr: FilterHandler = (value) => new KeptLines(plainValue(textOf(value)))

/** `{{ data.body | markdown }}`: data that is trusted Markdown. Only for text that the reporting application writes itself. */
const markdown: FilterHandler = (value) => (typeof value === 'string' ? new TrustedMarkdown(value) : value)

/**
 * Values are text already: each dialect escapes them for its reader, so escaping here would show `&amp;`. Templates that were written for other
 * Liquid engines use these filters by habit.
 */
const unescaped: FilterHandler = (value) => (value instanceof TrustedMarkdown ? value.text : value)

/** Filters of ours, and those that replace Liquid's own. */
export const filters: Record<string, FilterHandler> = {
  ...numberFilters,
  ...timeFilters,
  ...cutFilters,
  markdown,
  newline_to_br: newlineToBr,
  escape: unescaped,
  escape_once: unescaped,
  xml_escape: unescaped,
}
