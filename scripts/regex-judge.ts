// Whether an expression takes time that grows with the length of a text only, whatever the text.
import { type Alphabet, alphabetOf, type Kind } from './regex-alphabet.ts'
import { automatonOf, type Counted, insideOf, LINE_ENDS, WORD } from './regex-automaton.ts'
import { type Graph, graphOf, reachable } from './regex-graph.ts'
import { type Expression, type Part, parseExpression } from './regex-parse.ts'

export interface Verdict {
  /** The steps for each character of a text are bounded by the length of the expression, times this; infinity when they grow with the text. */
  factor: number
  /** What a text repeats to be read in many ways. */
  pump: string
}

/** Triples of nodes that are looked at for one expression. */
const MOST_WORK = 4_000_000

/**
 * A backtracking engine reads a text in every way in which the expression can be followed until one of them matches. The number of those ways is bounded
 * for every text if and only if no word leads from a node back to itself, from it to another node, and from that one back to itself, and none leads back in
 * two ways (A. Weber, H. Seidl: On the degree of ambiguity of finite automata, 1991). A search that may begin anywhere is a node of its own. References
 * back count as a second reading of their group, and what is looked at ahead or behind as ways of its own, so the judgement errs on the strict side.
 * Throws an Error for an expression that it cannot read.
 */
export function judge(source: string, flags: string): Verdict {
  const expression = parseExpression(source, flags)
  const alphabet = alphabetOf(source, flags, [...leavesOf(expression.root), LINE_ENDS, WORD])
  const strict = pumpOf(expression, alphabet, 'loop')
  if (strict === null) return { factor: 1, pump: '' }
  return pumpOf(expression, alphabet, 'once') === null ? { factor: counts(expression.root), pump: strict } : { factor: Number.POSITIVE_INFINITY, pump: strict }
}

const leavesOf = (part: Part): string[] => (part.kind === 'leaf' ? [part.source] : insideOf(part).flatMap(leavesOf))

/** The product of the longer counted repetitions that follow one another, or stand in one another. */
function counts(part: Part): number {
  if (part.kind === 'choice') return Math.max(1, ...part.options.map(counts))
  const own = part.kind === 'repeat' && part.max > 16 && part.max < Number.POSITIVE_INFINITY ? part.max : 1
  return insideOf(part).reduce((product, one) => product * counts(one), own)
}

function pumpOf(expression: Expression, alphabet: Alphabet, counted: Counted): string | null {
  const automaton = automatonOf(expression, alphabet, counted)
  const found = ambiguity(graphOf(automaton, true))
  if (found !== null) return found.map(alphabet.sample).join('')
  for (const root of automaton.backwards) {
    const behind = ambiguity(graphOf(automatonOf({ ...expression, root }, alphabet, counted, true), false))
    if (behind !== null) return behind.map(alphabet.sample).reverse().join('')
  }
  return null
}

/** A word that can be repeated so that the ways to read it become ever more; null when there is none. */
function ambiguity({ size, next, twice }: Graph): Kind[] | null {
  const nodes = Array.from({ length: size }, (_, i) => i)
  const nextOf = (node: number): number[] => [...(next[node]?.values() ?? [])].flat()
  const reach = nodes.map((node) => reachable(nextOf(node), nextOf))
  const together = (one: number, other: number): boolean => one === other || (reach[one]?.has(other) === true && reach[other]?.has(one) === true)
  const loops = nodes.filter((node) => reach[node]?.has(node))
  const doubled = twice.find(([from, to]) => together(from, to) && reach[to]?.has(from))
  if (doubled !== undefined) return kindsBetween(next, doubled)
  let work = 0
  for (const from of loops)
    for (const to of loops) {
      // The same node twice: a word that leads back in two ways. Two nodes: one that leads back from each, and from the first to the second.
      if (from !== to && !reach[from]?.has(to)) continue
      const key = (a: number, b: number, c: number, apart: number): number => ((a * size + b) * size + c) * 2 + apart
      const goal = key(from, to, to, 1)
      const begin = from === to ? 0 : 1
      const seen = new Map<number, readonly [before: number, kind: Kind] | null>([[key(from, from, to, begin), null]])
      const open: [number, number, number, number][] = [[from, from, to, begin]]
      for (const [a, b, c, apart] of open) {
        for (const [kind, as] of next[a] ?? []) {
          const bs = next[b]?.get(kind)
          const cs = next[c]?.get(kind)
          if (bs === undefined || cs === undefined) continue
          for (const x of as) {
            if (!together(x, from)) continue
            for (const y of bs) {
              if (y !== to && !reach[y]?.has(to)) continue
              for (const z of cs) {
                // For one node only two ways are followed.
                if (from === to ? z !== y : !together(z, to)) continue
                if (++work > MOST_WORK) throw new Error('has too many ways to be judged')
                const reached = key(x, y, z, apart === 1 || x !== y ? 1 : 0)
                if (seen.has(reached)) continue
                seen.set(reached, [key(a, b, c, apart), kind])
                if (reached === goal) return wordTo(goal, seen)
                open.push([x, y, z, apart === 1 || x !== y ? 1 : 0])
              }
            }
          }
        }
      }
    }
  return null
}

const kindsBetween = (next: Graph['next'], [from, to]: readonly [number, number]): Kind[] =>
  [...(next[from] ?? [])].flatMap(([kind, tos]) => (tos.includes(to) ? [kind] : [])).slice(0, 1)

/** The kinds that were read on the way. */
function wordTo(goal: number, seen: ReadonlyMap<number, readonly [before: number, kind: Kind] | null>): Kind[] {
  const word: Kind[] = []
  for (let step = seen.get(goal); step; step = seen.get(step[0])) word.unshift(step[1])
  return word
}
