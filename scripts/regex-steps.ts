// An engine that backtracks as that of JavaScript does, and counts. It shows what the judgement says.
import { reversed } from './regex-automaton.ts'
import type { Expression, Part } from './regex-parse.ts'

export class TooManySteps extends Error {}

/**
 * Steps of all matches of an expression in a text, as `replace` with the flag `g` looks for them: characters that are compared, and places where a search
 * begins. References back are followed like their group. Throws `TooManySteps` beyond `most`.
 */
export function stepsOf({ root, flags }: Expression, text: string, most = 5_000_000): number {
  const tests = new Map<string, RegExp>()
  const lines = flags.includes('m')
  let steps = 0
  const step = (): void => {
    if (++steps > most) throw new TooManySteps()
  }
  const fits = (leaf: string, sign: string): boolean => {
    const test = tests.get(leaf) ?? new RegExp(`^(?:${leaf})$`, flags.replace(/[^ius]/g, ''))
    tests.set(leaf, test)
    return sign !== '' && test.test(sign)
  }
  const isEdge = (at: number, side: 'start' | 'end'): boolean => {
    const sign = side === 'start' ? text.charAt(at - 1) : text.charAt(at)
    return sign === '' || (lines && /[\n\r\u2028\u2029]/.test(sign))
  }

  function match(part: Part, at: number, way: 1 | -1, then: (at: number) => boolean): boolean {
    switch (part.kind) {
      case 'leaf':
        step()
        return fits(part.source, text.charAt(way === 1 ? at : at - 1)) && then(at + way)
      case 'sequence':
        return inTurn(part.parts, at, way, then)
      case 'choice':
        return part.options.some((option) => match(option, at, way, then))
      case 'edge':
        return isEdge(at, way === 1 ? part.at : part.at === 'start' ? 'end' : 'start') && then(at)
      case 'border':
        return (fits('\\w', text.charAt(at - 1)) !== fits('\\w', text.charAt(at))) !== part.negative && then(at)
      case 'look':
        return match(part.behind ? reversed(part.inner) : part.inner, at, part.behind ? -1 : 1, () => true) !== part.negative && then(at)
      case 'repeat':
        return again(part, 0, at, way, then)
    }
  }

  function inTurn([first, ...rest]: readonly Part[], at: number, way: 1 | -1, then: (at: number) => boolean): boolean {
    return first === undefined ? then(at) : match(first, at, way, (next) => inTurn(rest, next, way, then))
  }

  function again(part: Part & { kind: 'repeat' }, times: number, at: number, way: 1 | -1, then: (at: number) => boolean): boolean {
    const once = (): boolean =>
      times < part.max && match(part.inner, at, way, (next) => (next !== at || times < part.min) && again(part, times + 1, next, way, then))
    if (times < part.min) return once()
    return part.lazy ? then(at) || once() : once() || then(at)
  }

  for (let from = 0; from <= text.length; ) {
    step()
    let end = -1
    match(root, from, 1, (at) => {
      end = at
      return true
    })
    from = Math.max(from + 1, end)
  }
  return steps
}
