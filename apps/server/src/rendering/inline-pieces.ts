/** A part of one long text, and the hard line break as written between it and the next part; empty when there is none. */
export interface Piece {
  text: string
  hardBreak: string
}

/** Signs at which the lexer stops to try its rules. Each of them may look through the rest of its piece. */
const STOPS = new Set('\\<!`*_~[@&(:')
/** Signs that come in pairs: between the two a text is parted only where there is no better place. */
const PAIRED = new Set('*_~`')

/** How many places a text has at which the lexer stops: signs of markup, and hard line breaks. */
export function countStops(text: string): number {
  let count = 0
  for (let i = 0; i < text.length; i++) if (isStop(text, i)) count++
  return count
}

const isStop = (text: string, i: number): boolean => {
  const sign = text.charAt(i)
  return STOPS.has(sign) || (sign === '\n' && text.charAt(i - 1) === ' ' && text.charAt(i - 2) === ' ')
}

/**
 * Parts a text with more than `most` stops, so that each part has at most so many: where no pair is open, at the end of a line or at a space; else
 * at any; else before a sign. Each part is lexed alone, so an emphasis that reaches from one to the next stays as written.
 */
export function* piecesOf(text: string, most: number): Generator<Piece> {
  for (let start = 0; start < text.length; ) {
    const { end, next, hardBreak } = cutAfter(text, start, most)
    yield { text: text.slice(start, end), hardBreak: hardBreak ? text.slice(end, next) : '' }
    start = next
  }
}

interface Cut {
  end: number
  next: number
  hardBreak: boolean
}

const at = (end: number): Cut => ({ end, next: end, hardBreak: false })

function cutAfter(text: string, start: number, most: number): Cut {
  const open = new Set<string>()
  let brackets = 0
  let stops = 0
  let calm = -1
  let gap = -1
  for (let i = start; i < text.length; i++) {
    const sign = text.charAt(i)
    if (isStop(text, i) && ++stops > most) {
      const best = calm > start ? calm : gap
      return best <= start ? at(i) : text.charAt(best) === '\n' ? lineEnd(text, start, best) : at(best + 1)
    }
    if (sign === '\n' || sign === ' ') {
      gap = i
      // The end of a line is the better place, unless it is far back.
      if (open.size === 0 && brackets === 0 && (sign === '\n' || text.charAt(calm) !== '\n' || i - calm > 500)) calm = i
    }
    // What is escaped belongs to its backslash, unless that is a hard break.
    else if (sign === '\\' && text.charAt(i + 1) !== '\n') i++
    else if (PAIRED.has(sign)) {
      if (!open.delete(sign)) open.add(sign)
    } else if (sign === '[') brackets++
    else if (sign === ']' && brackets > 0) brackets--
  }
  return at(text.length)
}

/** Two spaces or a backslash before the end of a line are a hard break, which the lexer does not see at the end of a part. */
function lineEnd(text: string, start: number, line: number): Cut {
  let next = line + 1
  while (text.charAt(next) === ' ' || text.charAt(next) === '\t') next++
  if (text.charAt(line - 1) === '\\') return { end: Math.max(start, line - 1), next, hardBreak: true }
  let end = line
  while (end > start && text.charAt(end - 1) === ' ') end--
  return line - end >= 2 ? { end, next, hardBreak: true } : { end: line + 1, next, hardBreak: false }
}
