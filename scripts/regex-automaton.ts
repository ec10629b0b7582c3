// The ways in which a backtracking engine can read a text, as an automaton.
import type { Alphabet, Kind } from './regex-alphabet.ts'
import type { Expression, Part } from './regex-parse.ts'

/** Before the first and behind the last character. */
export const EDGE = -1

/**
 * A step without a character. It is possible only where the character before or behind is one of these kinds. `open`: or where something holds that is
 * not followed here.
 */
export interface Free {
  to: number
  before?: ReadonlySet<Kind>
  behind?: ReadonlySet<Kind>
  open?: true
}

export interface State {
  free: Free[]
  /** Steps that read one character. */
  reads: { on: ReadonlySet<Kind>; to: number }[]
}

export interface Automaton {
  states: State[]
  start: number
  accept: number
  /** Expressions behind which no end is open, so that they are judged alone: what looks behind, read backwards. */
  backwards: Part[]
}

/** Counted repetitions up to here are written out. */
const WRITTEN_OUT = 16

/** How a longer counted repetition is read: `loop` as if it had no end, `once` as if it were of two at most. */
export type Counted = 'loop' | 'once'

export function automatonOf({ root, flags }: Expression, alphabet: Alphabet, counted: Counted, searched = !flags.includes('y')): Automaton {
  const states: State[] = []
  const backwards: Part[] = []
  const lines = flags.includes('m')
  const all = new Set<Kind>([...alphabet.kinds, EDGE])
  const not = (set: ReadonlySet<Kind>): Set<Kind> => new Set([...all].filter((kind) => !set.has(kind)))
  const edge = new Set<Kind>(lines ? [...alphabet.of(LINE_ENDS), EDGE] : [EDGE])

  const state = (): number => states.push({ free: [], reads: [] }) - 1
  const at = (index: number): State => states[index] ?? { free: [], reads: [] }
  const step = (from: number, to: number, guard: Omit<Free, 'to'> = {}): void => void at(from).free.push({ to, ...guard })

  /** Adds a part behind `from`, and returns the state behind it. */
  function add(part: Part, from: number): number {
    const to = state()
    switch (part.kind) {
      case 'leaf':
        at(from).reads.push({ on: alphabet.of(part.source), to })
        return to
      case 'sequence':
        return part.parts.reduce((end, one) => add(one, end), from)
      case 'choice':
        for (const option of part.options) step(add(option, branch(from)), to)
        return to
      case 'edge':
        step(from, to, part.at === 'start' ? { before: edge } : { behind: edge })
        return to
      case 'border': {
        const word = alphabet.of(WORD)
        const sides = part.negative ? [word, not(word)] : [not(word), word]
        step(from, to, { before: word, behind: sides[0] ?? all })
        step(from, to, { before: not(word), behind: sides[1] ?? all })
        return to
      }
      case 'look':
        return look(part, from, to)
      case 'repeat':
        return repeat(part, from)
    }
  }

  function branch(from: number): number {
    const to = state()
    step(from, to)
    return to
  }

  function look({ behind, negative, inner }: Part & { kind: 'look' }, from: number, to: number): number {
    const set = single(inner, behind ? 'start' : 'end', alphabet, edge)
    if (set !== null) {
      const kinds = negative ? not(set) : set
      step(from, to, behind ? { before: kinds } : { behind: kinds })
      return to
    }
    if (behind) {
      const last = negative ? null : lastOf(inner)
      if (hasLoop(inner)) backwards.push(reversed(inner))
      step(from, to, last === null ? { open: true } : { before: alphabet.of(last), open: true })
      return to
    }
    // What is looked at ahead is read, and then given up.
    add(inner, branch(from))
    step(from, to, { open: true })
    return to
  }

  function repeat({ inner, min, max }: Part & { kind: 'repeat' }, from: number): number {
    const long = max !== Number.POSITIVE_INFINITY && max > WRITTEN_OUT
    const least = min > WRITTEN_OUT ? 1 : min
    let end = from
    for (let i = 0; i < least; i++) end = add(inner, end)
    if (max === Number.POSITIVE_INFINITY || (long && counted === 'loop')) {
      const loop = branch(end)
      step(add(inner, branch(loop)), loop)
      return branch(loop)
    }
    const to = state()
    const more = long ? Math.min(2, max - min) : max - least
    for (let i = 0; i < more; i++) {
      step(end, to)
      end = add(inner, branch(end))
    }
    step(end, to)
    return to
  }

  const start = state()
  const first = state()
  // A search begins again at each character.
  if (searched) at(start).reads.push({ on: new Set(alphabet.kinds), to: start })
  step(start, first)
  const accept = add(root, first)
  return { states, start, accept, backwards }
}

export const LINE_ENDS = '[\\n\\r\\u2028\\u2029]'
export const WORD = '\\w'

/** The kinds of a part that is one character, or an edge, in each of its options; null for everything else. */
function single(part: Part, side: 'start' | 'end', alphabet: Alphabet, edge: ReadonlySet<Kind>): ReadonlySet<Kind> | null {
  if (part.kind === 'leaf') return alphabet.of(part.source)
  if (part.kind === 'edge') return part.at === side ? edge : null
  if (part.kind === 'sequence') return part.parts.length === 0 ? new Set([...alphabet.kinds, EDGE]) : null
  if (part.kind !== 'choice') return null
  const sets = part.options.map((option) => single(option, side, alphabet, edge))
  return sets.includes(null) ? null : new Set(sets.flatMap((set) => [...(set ?? [])]))
}

/** The leaf that stands last in every reading; null when there are several. */
function lastOf(part: Part): string | null {
  if (part.kind === 'leaf') return part.source
  const last = part.kind === 'sequence' ? part.parts.at(-1) : undefined
  return last === undefined ? null : lastOf(last)
}

export function hasLoop(part: Part): boolean {
  if (part.kind === 'repeat') return part.max > WRITTEN_OUT || hasLoop(part.inner)
  return insideOf(part).some(hasLoop)
}

export const insideOf = (part: Part): readonly Part[] =>
  part.kind === 'sequence' ? part.parts : part.kind === 'choice' ? part.options : part.kind === 'repeat' || part.kind === 'look' ? [part.inner] : []

/** The same, read from its end. */
export function reversed(part: Part): Part {
  switch (part.kind) {
    case 'sequence':
      return { ...part, parts: part.parts.map(reversed).reverse() }
    case 'choice':
      return { ...part, options: part.options.map(reversed) }
    case 'repeat':
      return { ...part, inner: reversed(part.inner) }
    case 'edge':
      return { ...part, at: part.at === 'start' ? 'end' : 'start' }
    // A look within a look behind is not taken as a bound.
    case 'look':
      return { kind: 'sequence', parts: [] }
    default:
      return part
  }
}
