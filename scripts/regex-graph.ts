// From character to character: what an automaton can do with a text, and in how many ways.
import type { Kind } from './regex-alphabet.ts'
import { type Automaton, EDGE } from './regex-automaton.ts'

/** A graph whose edges read one character each. A node is a state with what its free steps may know of the character before. */
export interface Graph {
  size: number
  /** For each node, and each kind of character, the nodes behind it. */
  next: readonly ReadonlyMap<Kind, readonly number[]>[]
  /** Edges that can be taken in more than one way. */
  twice: readonly (readonly [from: number, to: number])[]
}

/** Free steps that are tried from one node. An expression with more is none that can be judged. */
const MOST_TRIES = 100_000

/**
 * `ends`: from where the rest can always match, nothing is tried again, so nothing is read there. This holds for an expression itself, and not for what
 * it looks at.
 */
export function graphOf({ states, start, accept }: Automaton, ends: boolean): Graph {
  const guards = states.flatMap(({ free }) => free.flatMap(({ before }) => before ?? []))
  const classOf = (kind: Kind): string => guards.map((guard) => (guard.has(kind) ? '1' : '0')).join('')
  const certain = ends ? certainStates(states, accept) : new Set<number>()
  const nodes = new Map<string, number>()
  const open: { state: number; before: Kind }[] = []
  const nodeOf = (state: number, before: Kind): number => {
    const key = `${state} ${classOf(before)}`
    const known = nodes.get(key)
    if (known !== undefined) return known
    nodes.set(key, nodes.size)
    open.push({ state, before })
    return nodes.size - 1
  }

  /** Every character that can be read from here, with the node behind it; twice when there are two ways. */
  function readsFrom(state: number, before: Kind): [kind: Kind, to: number][] {
    const found: [Kind, number][] = []
    const visits = new Map<number, number>()
    let tries = 0
    function walk(at: number, behind: ReadonlySet<Kind> | null): void {
      const here = states[at]
      const visited = visits.get(at) ?? 0
      // A loop may be left and entered again between two characters, but nothing is gained by doing so more than once.
      if (here === undefined || visited === 2 || certain.has(at)) return
      if (++tries > MOST_TRIES) throw new Error('has too many ways to be judged')
      visits.set(at, visited + 1)
      for (const { on, to } of here.reads) for (const kind of on) if (behind === null || behind.has(kind)) found.push([kind, nodeOf(to, kind)])
      for (const step of here.free) {
        if (step.before !== undefined && !step.before.has(before)) continue
        const rest = step.behind === undefined ? behind : behind === null ? step.behind : both(behind, step.behind)
        walk(step.to, rest)
      }
      visits.set(at, visited)
    }
    walk(state, null)
    return found
  }

  nodeOf(start, EDGE)
  const next: Map<Kind, number[]>[] = []
  const twice: [number, number][] = []
  for (let i = 0; i < open.length; i++) {
    const { state, before } = open[i] ?? { state: 0, before: EDGE }
    const byKind = new Map<Kind, number[]>()
    for (const [kind, to] of readsFrom(state, before)) {
      const known = byKind.get(kind) ?? []
      if (known.includes(to)) twice.push([i, to])
      else byKind.set(kind, [...known, to])
    }
    next.push(byKind)
  }
  return { size: next.length, next, twice }
}

const both = (one: ReadonlySet<Kind>, other: ReadonlySet<Kind>): Set<Kind> => new Set([...one].filter((kind) => other.has(kind)))

/** States from which the rest matches whatever follows, and where no reading can go on for long without being such a state again. */
function certainStates(states: Automaton['states'], accept: number): Set<number> {
  const ends = new Set([accept])
  for (let size = 0; size < ends.size; ) {
    size = ends.size
    for (const [i, { free }] of states.entries())
      if (free.some(({ to, before, behind, open }) => ends.has(to) && before === undefined && behind === undefined && !open)) ends.add(i)
  }
  const nextOf = (i: number): number[] => [...(states[i]?.free ?? []), ...(states[i]?.reads ?? [])].map(({ to }) => to)
  // From where there is a way back to itself that avoids every such state, an attempt can be long and fail.
  const astray = new Set<number>()
  for (const i of states.keys()) if (!ends.has(i) && reachable(nextOf(i), (one) => nextOf(one).filter((to) => !ends.has(to)), ends).has(i)) astray.add(i)
  return new Set([...ends].filter((i) => ![...reachable([i], nextOf)].some((one) => astray.has(one))))
}

/** Nodes that are reached from some, these included. */
export function reachable(from: Iterable<number>, next: (node: number) => Iterable<number>, without: ReadonlySet<number> = new Set()): Set<number> {
  const seen = new Set([...from].filter((one) => !without.has(one)))
  for (const one of seen) for (const to of next(one)) seen.add(to)
  return seen
}
