// A reader for regular expressions, as much as a judgement of their cost needs.

/** One part of an expression. A `leaf` is one character, class or escape, as it is written. */
export type Part =
  | { kind: 'leaf'; source: string }
  | { kind: 'sequence'; parts: Part[] }
  | { kind: 'choice'; options: Part[] }
  | { kind: 'repeat'; inner: Part; min: number; max: number; lazy: boolean }
  | { kind: 'look'; behind: boolean; negative: boolean; inner: Part }
  | { kind: 'edge'; at: 'start' | 'end' }
  | { kind: 'border'; negative: boolean }

export interface Expression {
  source: string
  flags: string
  root: Part
}

/** Reads an expression. Throws an Error for what this reader does not know: the flag `v`, and modifiers such as `(?i:`. */
export function parseExpression(source: string, flags: string): Expression {
  if (flags.includes('v')) throw new Error('has the flag v')
  return { source, flags, root: new Reader(source, flags).whole() }
}

const COUNT = /\{(\d{1,6})(,?)(\d{0,6})\}/y
const GROUP = /\((?:\?(?:(<?[=!])|<([A-Za-z_]\w{0,60})>|(:)))?/y
const ESCAPE = /\\(?:[pP]\{[^{}]*\}|u\{[0-9a-fA-F]{1,6}\}|u[0-9a-fA-F]{4}|x[0-9a-fA-F]{2}|c[A-Za-z]|.)/suy

class Reader {
  readonly #source: string
  readonly #unicode: boolean
  readonly #groups: Part[] = []
  readonly #named = new Map<string, number>()
  #at = 0

  constructor(source: string, flags: string) {
    this.#source = source
    this.#unicode = flags.includes('u')
  }

  whole(): Part {
    const root = this.#choice()
    if (this.#at < this.#source.length) throw new Error(`ends at ${this.#at}`)
    return root
  }

  #choice(): Part {
    const options = [this.#sequence()]
    while (this.#skip('|')) options.push(this.#sequence())
    return options.length === 1 && options[0] !== undefined ? options[0] : { kind: 'choice', options }
  }

  #sequence(): Part {
    const parts: Part[] = []
    while (this.#at < this.#source.length && this.#here !== '|' && this.#here !== ')') parts.push(this.#counted(this.#one()))
    return parts.length === 1 && parts[0] !== undefined ? parts[0] : { kind: 'sequence', parts }
  }

  #counted(inner: Part): Part {
    const [min, max] = this.#count()
    if (min === 1 && max === 1) return inner
    return { kind: 'repeat', inner, min, max, lazy: this.#skip('?') }
  }

  #count(): [min: number, max: number] {
    if (this.#skip('*')) return [0, Number.POSITIVE_INFINITY]
    if (this.#skip('+')) return [1, Number.POSITIVE_INFINITY]
    if (this.#skip('?')) return [0, 1]
    const [, from, comma, to] = this.#take(COUNT) ?? []
    if (from === undefined) return [1, 1]
    return [Number(from), to ? Number(to) : comma ? Number.POSITIVE_INFINITY : Number(from)]
  }

  #one(): Part {
    const sign = this.#here
    if (sign === '(') return this.#group()
    if (sign === '[') return this.#class()
    if (sign === '\\') return this.#escape()
    if (this.#skip('^')) return { kind: 'edge', at: 'start' }
    if (this.#skip('$')) return { kind: 'edge', at: 'end' }
    const source = this.#unicode ? String.fromCodePoint(this.#source.codePointAt(this.#at) ?? 0) : sign
    this.#at += source.length
    return { kind: 'leaf', source: source === '.' || source === '{' || source === '}' || source === ']' ? leafOf(source) : source }
  }

  #group(): Part {
    const [opening = '', look, name, plain] = this.#take(GROUP) ?? []
    if (opening === '(' && this.#here === '?') throw new Error('has a modifier')
    const index = look === undefined && plain === undefined ? this.#groups.push({ kind: 'sequence', parts: [] }) - 1 : -1
    if (name !== undefined) this.#named.set(name, index)
    const inner = this.#choice()
    if (!this.#skip(')')) throw new Error('has an open group')
    if (index >= 0) this.#groups[index] = inner
    return look === undefined ? inner : { kind: 'look', behind: look.startsWith('<'), negative: look.endsWith('!'), inner }
  }

  #class(): Part {
    const from = this.#at
    for (this.#at++; this.#here !== ']'; this.#at++) {
      if (this.#at >= this.#source.length) throw new Error('has an open class')
      if (this.#here === '\\') this.#at++
    }
    this.#at++
    return { kind: 'leaf', source: this.#source.slice(from, this.#at) }
  }

  #escape(): Part {
    const [source = ''] = this.#take(ESCAPE) ?? []
    if (source === '\\b' || source === '\\B') return { kind: 'border', negative: source === '\\B' }
    // What a reference back repeats is read like its group: it can be no more than that.
    if (/^\\[1-9]$/.test(source)) return this.#groups[Number(source[1]) - 1] ?? { kind: 'sequence', parts: [] }
    if (source !== '\\k') return { kind: 'leaf', source }
    const end = this.#source.indexOf('>', this.#at)
    const index = this.#named.get(this.#source.slice(this.#at + 1, end))
    this.#at = end + 1
    return this.#groups[index ?? -1] ?? { kind: 'sequence', parts: [] }
  }

  get #here(): string {
    return this.#source.charAt(this.#at)
  }

  #skip(sign: string): boolean {
    if (this.#here !== sign) return false
    this.#at++
    return true
  }

  #take(what: RegExp): RegExpExecArray | null {
    what.lastIndex = this.#at
    const found = what.exec(this.#source)
    if (found !== null) this.#at += found[0].length
    return found
  }
}

const leafOf = (sign: string): string => (sign === '.' ? '.' : `\\${sign}`)
