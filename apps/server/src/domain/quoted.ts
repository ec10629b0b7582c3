import { borderBefore } from './cut.ts'

/** Characters of somebody else’s text that a message repeats at most. */
const QUOTED = 64
/** Longer than any message of our own. */
const MESSAGE = 1000
const POINTER = 512

/** Controls, bidirectional controls, line and paragraph separators, invisible characters, halves of pairs: all that could change how the text around them reads. */
const HIDDEN = /[\p{Cc}\p{Cs}\p{Zl}\p{Zp}\u061c\u200b\u200e\u200f\u202a-\u202e\u2060-\u206f\ufeff]/gu

/**
 * Text that somebody sent, as a refusal may repeat it: at most 64 characters (UTF-16 units), cut at the border of a grapheme with `…`, and
 * with `\ufffd` for every character that is not seen.
 */
export function quoted(text: string, limit = QUOTED): string {
  const shown = text.length <= limit ? text : `${text.slice(0, borderBefore(text, limit - 1) || limit - 1)}…`
  return shown.replace(HIDDEN, '\ufffd')
}

/** A message of a library: a long word in it is a name that somebody sent. */
export const quotedWords = (message: string): string => message.replace(/\S{65,}/g, (word) => quoted(word))

/** A whole sentence, whatever it repeats: one line, bounded, and without words that are longer than any host name or pointer of ours. */
export const quotedMessage = (message: string): string =>
  quoted(
    message.replace(/[\r\n\t]+/g, ' ').replace(/\S{300,}/g, (word) => quoted(word)),
    MESSAGE,
  )

/** A JSON pointer: each part as `quoted`, and the whole bounded. */
export function quotedPointer(pointer: string): string {
  if (pointer.length <= QUOTED && pointer.search(HIDDEN) === -1) return pointer
  const parts = pointer.split('/').map((part) => quoted(part).replace(/~(?=…$)/, ''))
  return quoted(parts.join('/'), POINTER)
}
