import { RE2JS } from 're2js'
import { costOf } from './pattern-cost.ts'
import { boundMemory } from './pattern-memory.ts'

/** An expression of others. It takes at most `size` steps for each character of a text, whatever the text. */
export interface LinearPattern {
  readonly size: number
  test(text: string): boolean
}

/** Longest source of an expression, characters. */
const MOST_SOURCE = 500
/** Most steps of one expression for a character: enough for `^[a-z]{1,255}$`. */
const MOST_SIZE = 600
/** The same, counted from the source before it is compiled: rather too many, so somewhat more. */
const MOST_COUNTED = 1_200
/** Ranges of characters that are compiled: a class of letters has hundreds, and a counted repetition copies them. Some 10 ms. */
const MOST_RANGES = 200_000
const KEPT = 500

const compiled = new Map<string, LinearPattern>()

/**
 * Compiles a regular expression of others with RE2, which never tries a second way: `^(a+)+$` costs no more than `^a+$`. Throws an Error that says
 * in words what is not possible: look-around, references back, and lengths that belong into `maxLength`.
 */
export function linearPattern(source: string): LinearPattern {
  const known = compiled.get(source)
  if (known !== undefined) return known
  const made = compile(source)
  if (compiled.size >= KEPT) compiled.delete(compiled.keys().next().value ?? '')
  compiled.set(source, made)
  return made
}

function compile(source: string): LinearPattern {
  if (source.length > MOST_SOURCE) throw new Error(`is an expression of ${source.length} characters; at most ${MOST_SOURCE} are allowed`)
  // The compiler itself writes out a million instructions before it refuses an expression.
  const cost = costOf(source)
  if (cost.instructions > MOST_COUNTED) throw tooLarge()
  if (cost.ranges > MOST_RANGES) throw tooWide()
  const expression = parse(source)
  const size = expression.programSize()
  if (size > MOST_SIZE) throw tooLarge()
  return {
    size,
    test(text) {
      const found = expression.test(text)
      const { lazyDFA } = expression.re2()
      if (lazyDFA) boundMemory(lazyDFA)
      return found
    },
  }
}

const tooLarge = (): Error =>
  new Error('repeats too much to be checked quickly; write fewer counted repetitions such as {1,500}, and use maxLength for a length')

const tooWide = (): Error =>
  new Error('repeats large classes of characters such as \\p{L} too often; write + and use maxLength for a length, and leave the case of letters to a class')

function parse(source: string): RE2JS {
  try {
    // RE2 has the names of scripts and categories, without saying which of the two they are.
    return RE2JS.compile(RE2JS.translateRegExp(source.replace(/(\\[pP]\{)(?:Script|sc|Script_Extensions|scx|General_Category|gc)=/g, '$1')))
  } catch (error) {
    const said = error instanceof Error ? error.message.replace(/^error parsing regexp: /, '') : String(error)
    throw new Error(`is not an expression that can be checked in linear time (${said}); look-around and references back are not possible`)
  }
}
