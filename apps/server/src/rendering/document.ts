/** A parsed body: final text, checked links, no dialect yet. */
export type Inline =
  | { kind: 'text'; text: string }
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

/** Adds text, joined to preceding text: `1\. x` arrives in three pieces, and a dialect must see them as one to escape it correctly. */
export function addText(list: Inline[], text: string): void {
  if (text === '') return
  const last = list.at(-1)
  if (last?.kind === 'text') last.text += text
  else list.push({ kind: 'text', text })
}

export const paragraph = (text: string): Block => ({ kind: 'paragraph', inner: [{ kind: 'text', text }] })
