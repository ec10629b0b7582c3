import { visible } from './visible.ts'

/**
 * Liquid's output with every printed value replaced by a number between two noncharacters (Unicode reserves U+FDD0-U+FDEF for such internal
 * use). So the Markdown lexer sees only the author's text: data cannot become markup, even inside code and link targets, and a long value
 * costs the lexer nothing. Each dialect inserts the values itself.
 */
export interface Sealed {
  text: string
  values: Value[]
  /** Values that are trusted Markdown (`| markdown`) are part of the text: it is not only its author’s. */
  trusting?: true
}

/** Text, or text that keeps its line breaks (`| newline_to_br`). */
export type Value = string | KeptLines

export class KeptLines {
  readonly text: string
  constructor(text: string) {
    this.text = text
  }
  /** Lets a following filter see text. */
  toString(): string {
    return this.text
  }
}

/**
 * Text that the template's author declares as Markdown (`| markdown`): the reporting application wrote it on purpose. It is parsed like the
 * template around it, so links are still checked and raw HTML is still shown as text.
 */
export class TrustedMarkdown {
  readonly text: string
  constructor(text: string) {
    this.text = text
  }
  toString(): string {
    return this.text
  }
}

const MARK = /\ufdd0(\d+)\ufdd1/g

/** Replaces an empty value, so that `**{{ data.x }}**` is not four stars. */
export const NOTHING = '\ufdd2'

export const sealMark = (index: number): string => `\ufdd0${index}\ufdd1`

/** Removes noncharacters from a template's source, so that no author can forge a marker. */
export const withoutMarks = (source: string): string => source.replace(/[\ufdd0-\ufdef]/g, '')

/** Inserts the values. `show` formats one value for its position. */
export function unseal(text: string, values: Value[], show: (value: Value) => string): string {
  const whole = text.replaceAll(NOTHING, '')
  if (values.length === 0) return whole
  return whole.replace(MARK, (_, index: string) => show(values[Number(index)]!))
}

/** The raw value, including line breaks. */
export const plainValue = (value: Value): string => (typeof value === 'string' ? value : value.text)

/** Splits sealed text into literal pieces and values, in order. */
export function pieces(sealed: string, values: Value[]): (string | { value: Value })[] {
  if (values.length === 0) return [sealed]
  const list: (string | { value: Value })[] = []
  // Splitting by a pattern with a group returns text, number, text, number, …
  for (const [i, piece] of sealed.split(MARK).entries()) {
    if (i % 2 === 1) list.push({ value: values[Number(piece)]! })
    else if (piece !== '') list.push(piece)
  }
  return list
}

/** Liquid's text for a value: lists are joined, objects are JSON, null is empty. */
export function textOf(value: unknown): Value {
  if (typeof value === 'string') return visible(value)
  if (value === null || value === undefined) return ''
  if (value instanceof KeptLines) return new KeptLines(visible(value.text))
  if (Array.isArray(value)) return value.map((item) => plainValue(textOf(item))).join('')
  return visible(typeof value === 'object' ? JSON.stringify(value) : String(value))
}
