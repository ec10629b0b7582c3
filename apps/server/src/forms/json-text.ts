import { pointerStep } from '../domain/json.ts'
import { quoted } from '../domain/quoted.ts'

const QUOTE = 0x22
const BACKSLASH = 0x5c

/** Index of the quote that ends the string which begins at `start`; the end of the text when there is none. */
export function endOfString(text: string, start: number): number {
  for (let i = start + 1; i < text.length; i++) {
    const code = text.charCodeAt(i)
    if (code === QUOTE) return i
    if (code === BACKSLASH) i++
  }
  return text.length
}

/** RFC 6901: `~` and `/` inside a key. A refused key may be hostile, so only its beginning is repeated. */
export const escapePointer = (key: string): string => pointerStep(quoted(key))
