/** What an automaton keeps of the texts that it has read, so that it reads the next one faster (`DFA` of re2js). */
export interface Automaton {
  readonly stateBudget: number
  readonly memBudget: number
  clearCache(): void
}

/** Bytes that the automata of all expressions keep together. Each may grow to 8 MiB, and a hub may hold thousands of them. */
export const MOST_BYTES = 16 * 2 ** 20

const kept = new Map<Automaton, number>()
let bytes = 0

/** To be called after a test: when all automata together keep too much, all of them forget it. They build again what they need. */
export function boundMemory(automaton: Automaton): void {
  const now = automaton.stateBudget - automaton.memBudget
  const before = kept.get(automaton)
  if (before === now) return
  bytes += now - (before ?? 0)
  kept.set(automaton, now)
  if (bytes <= MOST_BYTES) return
  for (const one of kept.keys()) one.clearCache()
  kept.clear()
  bytes = 0
}

/** What they keep together now. */
export const keptBytes = (): number => [...kept.keys()].reduce((sum, { stateBudget, memBudget }) => sum + stateBudget - memBudget, 0)
