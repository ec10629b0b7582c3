import { notes, type Reader } from './reader.ts'

const NAMES: Record<string, string> = { amp: '&', lt: '<', gt: '>', quot: '"' }
const decode = (text: string): string =>
  text.replace(/&(?:#(\d+)|(amp|lt|gt|quot));/g, (_, code?: string, name?: string) =>
    code === undefined ? (NAMES[name ?? ''] ?? '') : String.fromCodePoint(Number(code)),
  )

const BLOCKS = /^(?:p|li|br|td|th|h\d|pre|blockquote)$/

/** HTML with text and tags, as mail programs, Telegram, Matrix and Google Chat read it. */
export const tags: Reader = (message) => {
  const { seen, say, mark, link } = notes()
  let open: { at: number; href: string } | null = null
  for (const [, tag, text] of message.matchAll(/<([^>]*)>|([^<]+)/g)) {
    if (text !== undefined) say(decode(text))
    else if (tag !== undefined) {
      const [, closing, name = '?', rest = ''] = /^(\/?)([\w!?-]*)(.*)$/s.exec(tag) ?? []
      if (BLOCKS.test(name)) say(' ')
      if (name === 'a' && closing === '') open = { at: seen.text.length, href: decode(/href="([^"]*)"/.exec(rest)?.[1] ?? '') }
      else if (name === 'a' && open) {
        link(seen.text.slice(open.at), open.href)
        open = null
      } else if (closing === '' && name !== 'p' && name !== 'br') mark(name)
    }
  }
  return seen
}

/** Telegram, whose apps call the person behind `@name` in any text but code. */
export const telegram: Reader = (message) => {
  const { text, marks } = tags(message)
  const called = tags(message.replace(/<(code|pre)\b.*?<\/\1>/gs, '')).text
  return { text, marks: /(?<![\p{L}\p{N}._%+/-])@[A-Za-z]\w{3,}/u.test(called) ? [...marks, 'call'] : marks }
}
