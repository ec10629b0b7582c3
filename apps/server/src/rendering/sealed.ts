import { visible } from './visible.ts'

/**
 * What Liquid made, with every printed value replaced by a number between two noncharacters (Unicode reserves U+FDD0-U+FDEF for such
 * internal use). The Markdown lexer thus sees the author's text only: data cannot become markup, inside code and link targets
 * neither, and a long value costs the lexer nothing. Each reader puts the values back in its own way.
 */
export interface Sealed {
  text: string
  values: Value[]
}

/** Text, or text whose line breaks the author asked to keep (`| newline_to_br`). */
export type Value = string | KeptLines

export class KeptLines {
  readonly text: string
  constructor(text: string) {
    this.text = text
  }
  /** So that a filter behind this one sees text. */
  toString(): string {
    return this.text
  }
}

/**
 * Text that the author of the template takes as Markdown of its own (`| markdown`): the reporting application wrote it on purpose. It is
 * parsed like the template around it, so links are still checked and raw HTML is still shown as text.
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

/** Stands where a value printed nothing, so that `**{{ data.x }}**` is not four stars. */
export const NOTHING = '\ufdd2'

export const sealMark = (index: number): string => `\ufdd0${index}\ufdd1`

/** Takes noncharacters out of a template's source, so that no author can write a mark by hand. */
export const withoutMarks = (source: string): string => source.replace(/[\ufdd0-\ufdef]/g, '')

/** Puts the values back. `show` says how one value looks in the place at hand. */
export function unseal(text: string, values: Value[], show: (value: Value) => string): string {
  const whole = text.replaceAll(NOTHING, '')
  if (values.length === 0) return whole
  return whole.replace(MARK, (_, index: string) => show(values[Number(index)]!))
}

/** The value as it was, line breaks included. */
export const plainValue = (value: Value): string => (typeof value === 'string' ? value : value.text)

/** Cuts sealed text into literal pieces and values, in order. */
export function pieces(sealed: string, values: Value[]): (string | { value: Value })[] {
  if (values.length === 0) return [sealed]
  const list: (string | { value: Value })[] = []
  // Splitting by a pattern with a group answers text, number, text, number, …
  for (const [i, piece] of sealed.split(MARK).entries()) {
    if (i % 2 === 1) list.push({ value: values[Number(piece)]! })
    else if (piece !== '') list.push(piece)
  }
  return list
}

/** What Liquid prints for a value: lists run together, objects as JSON, nothing for null. */
export function textOf(value: unknown): Value {
  if (typeof value === 'string') return visible(value)
  if (value === null || value === undefined) return ''
  if (value instanceof KeptLines) return new KeptLines(visible(value.text))
  if (Array.isArray(value)) return value.map((item) => plainValue(textOf(item))).join('')
  return visible(typeof value === 'object' ? JSON.stringify(value) : String(value))
}
