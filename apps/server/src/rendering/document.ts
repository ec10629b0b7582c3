/**
 * Who wrote a text: `author`, of a template for any channel; `channel`, of a template for this channel alone. Absent: data, or not known. Only authors may
 * use what a vendor reads beside Markdown, such as short codes of emoji.
 */
export type Author = 'author' | 'channel'

export interface Text {
  kind: 'text'
  text: string
  by?: Author
}

/** A parsed body: final text, checked links, no dialect yet. */
export type Inline =
  | Text
  | { kind: 'strong' | 'em' | 'del'; inner: Inline[] }
  | { kind: 'code'; text: string }
  | { kind: 'link'; href: string; inner: Inline[] }
  | { kind: 'break' }

export type Block =
  | { kind: 'paragraph'; inner: Inline[] }
  | { kind: 'heading'; depth: number; inner: Inline[] }
  | { kind: 'code'; text: string; lang: string }
  | { kind: 'quote'; blocks: Block[] }
  | { kind: 'list'; start: number | null; items: Block[][] }
  | { kind: 'table'; header: Inline[][]; rows: Inline[][][] }
  | { kind: 'rule' }

/** Adds text, joined to preceding text of the same author. Printing escapes neighbours together: `1\. x` arrives in three pieces. */
export function addText(list: Inline[], text: string, by?: Author): void {
  if (text === '') return
  const last = list.at(-1)
  if (last?.kind === 'text' && last.by === by) last.text += text
  else list.push(by === undefined ? { kind: 'text', text } : { kind: 'text', text, by })
}

export const paragraph = (text: string): Block => ({ kind: 'paragraph', inner: [{ kind: 'text', text }] })

/** Whether the label of a link is its target, so that the address alone says both. */
export function isBare({ href, inner }: { href: string; inner: Inline[] }): boolean {
  let label = ''
  for (const part of inner) {
    if (part.kind !== 'text') return false
    label += part.text
  }
  return label === href || `${label}/` === href || `mailto:${label}` === href
}

/** Whether plain text would lose something: emphasis, the target of a link, a list, a table, code. */
export const hasMarkup = (blocks: Block[]): boolean => blocks.some((block) => block.kind !== 'paragraph' || block.inner.some(isMarkup))

const isMarkup = (part: Inline): boolean => part.kind !== 'text' && part.kind !== 'break' && !(part.kind === 'link' && isBare(part))
