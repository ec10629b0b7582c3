/** What compiling an expression takes, counted from its source. */
export interface PatternCost {
  /** Instructions of the program, at most. */
  instructions: number
  /** Ranges of characters in all of them together. */
  ranges: number
}

/** Ranges of the largest Unicode classes, such as letters. */
const CLASS = 700
/** Code points whose case is looked up one by one. */
const CASED = 125_000

const none = (): PatternCost => ({ instructions: 0, ranges: 0 })

const TOKEN =
  /\\[pP](?:\{[^{}]*\}|[A-Z])|\\x\{[\da-fA-F]{1,6}\}|\\(?:u[\da-fA-F]{4}|x[\da-fA-F]{2})|\\.|\(\?(?:P?<\w{1,60}>|[a-zA-Z-]{0,9}[:)]?)|\{\d{1,6}(?:,\d{0,6})?\}|[\s\S]/uy

/**
 * The cost of an expression before it is compiled: a repetition that is counted is written out, and each copy of a class has all its ranges. Rather too
 * much than too little; what is not an expression is left to the compiler.
 */
export function costOf(source: string): PatternCost {
  const folds = /\(\?[a-zA-Z]{0,9}i/.test(source)
  const groups: PatternCost[] = [none()]
  let last = none()
  const settle = (): void => {
    const group = groups.at(-1)
    if (group === undefined) return
    group.instructions += last.instructions
    group.ranges += last.ranges
    last = none()
  }
  let isEmpty = true
  for (let at = 0; at < source.length; ) {
    TOKEN.lastIndex = at
    const token = TOKEN.exec(source)?.[0] ?? source.charAt(at)
    at += token.length
    const count = countOf(token)
    // A branch without anything is an instruction too.
    if ((token === '|' || token === ')') && isEmpty) last.instructions++
    isEmpty = token.startsWith('(') ? isEmpty || !token.endsWith(')') : token === '|'
    if (count !== null) {
      last = { instructions: last.instructions * count + count + 1, ranges: last.ranges * count }
    } else if (token === '[') {
      settle()
      const end = endOfClass(source, at)
      last = { instructions: 1, ranges: classRanges(source.slice(at, end), folds) }
      at = end + 1
    } else if (token.startsWith('(?') && token.endsWith(')')) {
      // Flags are no part of their own: a count behind them repeats what stands before.
    } else if (token.startsWith('(')) {
      settle()
      groups.push(none())
    } else if (token === ')' && groups.length > 1) {
      settle()
      const { instructions, ranges } = groups.pop() ?? none()
      last = { instructions: instructions + 2, ranges }
    } else {
      settle()
      last = { instructions: 1, ranges: rangesOf(token) }
    }
  }
  while (groups.length > 1) {
    settle()
    last = groups.pop() ?? none()
  }
  settle()
  return groups[0] ?? none()
}

/** How often a part is written out for this sign of repetition; null for every other token. */
function countOf(token: string): number | null {
  if (token === '*' || token === '+' || token === '?') return 1
  const [, from, to] = /^\{(\d+)(?:,(\d*))?\}$/.exec(token) ?? []
  return from === undefined ? null : Math.max(1, Number(from), Number(to ?? 0))
}

function endOfClass(source: string, from: number): number {
  let at = source.charAt(from) === '^' ? from + 1 : from
  if (source.charAt(at) === ']') at++
  for (; at < source.length && source.charAt(at) !== ']'; at++) if (source.charAt(at) === '\\') at++
  return at
}

const rangesOf = (token: string): number => (/^\\[pP]/.test(token) ? CLASS : /^\\[dDsSwW]/.test(token) ? 4 : 1)

/** Ranges of a class. Where the case of letters does not matter, each of the letters in a range is one. */
function classRanges(inside: string, folds: boolean): number {
  let ranges = 0
  let before: number | null = null
  for (let at = 0; at < inside.length; ) {
    TOKEN.lastIndex = at
    const token = TOKEN.exec(inside)?.[0] ?? inside.charAt(at)
    at += token.length
    if (token === '-' && before !== null && at < inside.length && folds) {
      TOKEN.lastIndex = at
      const end = TOKEN.exec(inside)?.[0] ?? ''
      at += end.length
      ranges += Math.max(1, Math.min(CASED, (codeOf(end) ?? CASED) - before))
      before = null
    } else {
      ranges += rangesOf(token)
      before = codeOf(token)
    }
  }
  return ranges
}

/** The code point of one character, as itself or by its number; null for what stands for several. */
function codeOf(token: string): number | null {
  const [, long, short, byte] = /^\\(?:x\{([\da-f]+)\}|u([\da-f]{4})|x([\da-f]{2}))$/i.exec(token) ?? []
  const hex = long ?? short ?? byte
  if (hex !== undefined) return Number.parseInt(hex, 16)
  return token.startsWith('\\') ? null : (token.codePointAt(0) ?? null)
}
