import { Lexer, type Token, Tokenizer, type TokensList } from 'marked'
import { countStops, piecesOf } from './inline-pieces.ts'

/** Most signs of markup in a text that is lexed as a whole. An ordinary paragraph has a few dozen. */
const MOST_STOPS = 96
/** Steps that the lexer may take in one text for each of its characters, so that emphasis within emphasis is not read again and again. */
const STEPS_PER_CHAR = 2 * MOST_STOPS
/** Characters that may be searched for the end of an emphasis, for each character of a text, and those of every text. */
const SOUGHT_PER_CHAR = 4
const SOUGHT = 500
/** Characters that the rules of blocks may look ahead over, for each character of a document, and those of every document. */
const AHEAD_PER_CHAR = 16
const AHEAD = 2_000
/** Emphases and links of a document: one for every eleven characters of the longest text. Each costs some microseconds here, and as much when printed. */
const MOST_SPANS = 3_000
/** Quotes in quotes and lists in lists: deeper ones are plain text. */
const MOST_LEVELS = 16
/** Emphasis in emphasis and in links: the same. */
const MOST_MARKS = 8

/** Signs that are themselves where they stand alone in an emphasis. */
const ALONE = new Set('*_~')

/** What a document may still cost. Lexing is synchronous, so one for all is enough. */
const left = { ahead: 0, sought: 0, spans: 0, steps: 0 }
/** What the last document cost: for the tests of its bounds. */
export const spent = { ahead: 0, sought: 0, steps: 0 }

/** A rule of marked that finds the next end of an emphasis, until it has searched too many characters. */
class Seeking extends RegExp {
  override exec(text: string): RegExpExecArray | null {
    if (left.sought <= 0 || left.spans <= 0) return null
    const from = this.lastIndex
    const found = super.exec(text)
    const sought = 1 + (found === null ? text.length : this.lastIndex) - from
    left.sought -= sought
    spent.sought += sought
    return found
  }
}

/** An underlined heading is sought up to the next blank line wherever a block begins. Without looks left, there is none. */
class Heading extends RegExp {
  override exec(text: string): RegExpExecArray | null {
    return mayLook(text) ? super.exec(text) : null
  }
}

/** A paragraph looks ahead for a table at each of its lines. Without looks left, it ends at the next blank line only. */
class Paragraph extends RegExp {
  override exec(text: string): RegExpExecArray | null {
    return mayLook(text) ? super.exec(text) : /^([^\n]+(?:\n(?![ \t]*\n)[^\n]+)*)/.exec(text)
  }
}

/** A line below one of dashes only is read like a table, to its end. Without looks left, there is none. */
class Table extends RegExp {
  override exec(text: string): RegExpExecArray | null {
    if (left.ahead <= 0) return null
    const found = super.exec(text)
    looked(found?.[0].length ?? 0)
    return found
  }
}

function mayLook(text: string): boolean {
  if (left.ahead <= 0) return false
  const blank = text.search(/\n[ \t]*\n/)
  looked(blank < 0 ? text.length : blank)
  return true
}

function looked(ahead: number): void {
  left.ahead -= ahead
  spent.ahead += ahead
}

const { block, inline } = Lexer.rules
const blockRules = {
  ...block.gfm,
  lheading: new Heading(block.gfm.lheading),
  table: new Table(block.gfm.table),
  paragraph: new Paragraph(block.gfm.paragraph),
}
const inlineRules = {
  ...inline.gfm,
  emStrongRDelimAst: new Seeking(inline.gfm.emStrongRDelimAst),
  emStrongRDelimUnd: new Seeking(inline.gfm.emStrongRDelimUnd),
  delRDelim: new Seeking(inline.gfm.delRDelim),
}

/**
 * marked's lexer with bounds. Its rules look through the rest of a text at every sign, so that a few kilobytes of `*a _` would hold the process for
 * seconds; here every rule that does so has a number of looks that grows with the length of the text. What is beyond stays as written, and nothing
 * is lost. An ordinary text never gets there. (https://github.com/markedjs/marked/issues/4099)
 */
class BoundedLexer extends Lexer {
  #levels = 0
  #texts = 0

  constructor() {
    const tokenizer = new Tokenizer()
    super({
      async: false,
      breaks: false,
      extensions: null,
      gfm: true,
      hooks: null,
      pedantic: false,
      renderer: null,
      silent: false,
      tokenizer,
      walkTokens: null,
    })
    if (tokenizer.rules !== undefined) tokenizer.rules = { ...tokenizer.rules, block: blockRules, inline: inlineRules }
  }

  override blockTokens(src: string, tokens?: Token[], lastParagraphClipped?: boolean): Token[]
  override blockTokens(src: string, tokens?: TokensList, lastParagraphClipped?: boolean): TokensList
  override blockTokens(src: string, tokens: Token[] = [], lastParagraphClipped = false): Token[] {
    if (this.#levels === MOST_LEVELS) {
      if (src !== '') tokens.push({ type: 'paragraph', raw: src, text: src, tokens: this.inline(src) })
      this.state.top = true
      return tokens
    }
    this.#levels++
    try {
      return super.blockTokens(src, tokens, lastParagraphClipped)
    } finally {
      this.#levels--
    }
  }

  override inlineTokens(src: string, tokens: Token[] = []): Token[] {
    if (this.#texts > 0) {
      left.spans--
      if (!ALONE.has(src)) return this.#within(src, tokens)
      // A hostile text has thousands of such emphases, and marked would look at each in many ways.
      tokens.push({ type: 'text', raw: src, text: src, escaped: false })
      return tokens
    }
    for (const { text, hardBreak } of piecesOf(src, MOST_STOPS)) {
      left.steps = STEPS_PER_CHAR * text.length
      left.sought = SOUGHT + SOUGHT_PER_CHAR * text.length
      this.#within(text, tokens)
      if (hardBreak !== '') tokens.push({ type: 'br', raw: hardBreak })
    }
    return tokens
  }

  #within(src: string, tokens: Token[]): Token[] {
    const steps = src.length * (1 + countStops(src))
    if (this.#texts === MOST_MARKS || steps > left.steps) {
      if (src !== '') tokens.push({ type: 'text', raw: src, text: src, escaped: false })
      return tokens
    }
    left.steps -= steps
    spent.steps += steps
    this.#texts++
    try {
      return super.inlineTokens(src, tokens)
    } finally {
      this.#texts--
    }
  }
}

/** The tokens of a Markdown text, in a time that grows with its length and not with its square. */
export function lex(text: string): Token[] {
  left.ahead = AHEAD + AHEAD_PER_CHAR * text.length
  left.spans = MOST_SPANS
  Object.assign(spent, { ahead: 0, sought: 0, steps: 0 })
  return new BoundedLexer().lex(text)
}
