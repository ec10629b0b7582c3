import type { FieldError } from '../../errors.ts'
import { endOfString, escapePointer } from '../../forms/json-text.ts'

/** One open object or array: the current position, and its keys so far. */
interface Open {
  keys: Set<string> | null
  at: string | number
}

/**
 * Finds the first place that is too deep, repeats a key, or holds a number that would be read as 0. Slow: it runs only after
 * the fast scan has refused or suspected the body. Returns null when it finds nothing.
 */
export function findFault(text: string, maxDepth: number): FieldError | null {
  const open: Open[] = []
  const pointer = () => open.map(({ at }) => `/${escapePointer(String(at))}`).join('')
  for (let i = 0; i < text.length; i++) {
    const inside = open.at(-1)
    switch (text[i]) {
      case '{':
      case '[':
        if (open.length === maxDepth) return { pointer: pointer(), message: `is nested deeper than ${maxDepth} levels` }
        open.push(text[i] === '{' ? { keys: new Set(), at: '' } : { keys: null, at: 0 })
        break
      case '}':
      case ']':
        open.pop()
        break
      case ',':
        if (inside?.keys === null && typeof inside.at === 'number') inside.at++
        break
      case '"': {
        const end = endOfString(text, i)
        if (inside?.keys && isKey(text, end)) {
          inside.at = keyOf(text.slice(i, end + 1))
          if (inside.keys.has(inside.at)) return { pointer: pointer(), message: 'is a repeated key' }
          inside.keys.add(inside.at)
        }
        i = end
        break
      }
      default: {
        const number = numberAt(text, i)
        if (number === '') break
        if (Number(number) === 0 && /[1-9]/.test(number.split(/e/i, 1)[0]!))
          return { pointer: pointer(), message: 'is so small a number that it would be stored as 0; send it as a string' }
        i += number.length - 1
      }
    }
  }
  return null
}

const NUMBER = /[-+.\deE]+/y

/** The number that begins at this place, outside of strings; '' when none does. */
function numberAt(text: string, at: number): string {
  const first = text.charCodeAt(at)
  if (first !== 0x2d && (first < 0x30 || first > 0x39)) return ''
  NUMBER.lastIndex = at
  return NUMBER.exec(text)?.[0] ?? ''
}

/** A string followed by a colon. */
function isKey(text: string, end: number): boolean {
  let next = end + 1
  while (next < text.length && ' \t\r\n'.includes(text[next]!)) next++
  return text[next] === ':'
}

/** Two spellings of one key (`a`, `\u0061`) are the same key. */
function keyOf(quoted: string): string {
  try {
    return String(JSON.parse(quoted))
  } catch {
    return quoted
  }
}
