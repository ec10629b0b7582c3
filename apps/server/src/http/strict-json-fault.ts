import type { FieldError } from '../errors.ts'
import { endOfString, escapePointer } from '../forms/json-text.ts'

/** One open object or array: the current position, and its keys so far. */
interface Open {
  keys: Set<string> | null
  at: string | number
}

/**
 * Finds the first place that is too deep or repeats a key. Slow: it runs only after the fast scan has refused the body, to find the
 * position. Returns null when it finds nothing.
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
    }
  }
  return null
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
