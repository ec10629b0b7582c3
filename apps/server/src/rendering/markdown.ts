import type { MarkedToken, Token } from 'marked'
import { type Author, addText, type Block, type Inline } from './document.ts'
import { decodeEntities } from './entities.ts'
import { keptBlanks } from './kept-blanks.ts'
import { lex } from './lexer.ts'
import { safeLink } from './links.ts'
import { asRenderError } from './render-error.ts'
import { KeptLines, NOTHING, pieces, plainValue, type Sealed, unseal, type Value } from './sealed.ts'
import { visible } from './visible.ts'

/** The lexer never gets more characters than this; values do not count, they are sealed. */
const MAX_LEXED = 32_768
/** Characters that could start markup; a body without them is one paragraph and needs no lexer. */
const MARKUP = /[\\`*_~[<&@\n\r\t]|:\/\/|www\.|^[\s#>+=\-\d]/i

/** State while walking one document. */
interface Source {
  by: Author
  values: Value[]
  base: string | undefined
}

/** Parses a body that `by` wrote, except for its values. Raw HTML is shown as text, images become links, link targets are checked once here for all dialects. */
export function parseMarkdown(sealed: Sealed, base?: string, by: Author = 'author'): Block[] {
  const source = { by, values: sealed.values, base }
  const text = withoutNothing(sealed.text)
  if (!MARKUP.test(text)) {
    const inner: Inline[] = []
    addLiteral(inner, text.trimEnd(), source)
    return inner.length === 0 ? [] : [{ kind: 'paragraph', inner }]
  }
  try {
    return blocksOf(tokensOf(shortened(text)), source)
  } catch (error) {
    throw asRenderError(error)
  }
}

/**
 * An empty value is kept where markup characters surround it: the lexer then sees an emphasis without content instead of stars, a rule or a
 * fence. Elsewhere it is removed, and so is a line that contains nothing else.
 */
const withoutNothing = (text: string): string =>
  text.includes(NOTHING) ? text.replace(/(?<=([*_~`]))\ufdd2(?:[ \t]*\ufdd2)*(?=\1)/g, '\ufdd3').replaceAll(NOTHING, '') : text

/** Cache size in characters of sealed text; its tokens are about fifty times as large. */
const KEPT = 200_000
/** Least recently used first. Values are sealed, so a template gives the same text for every recipient and is lexed once. */
const lexed = new Map<string, Token[]>()
let keptChars = 0

function tokensOf(text: string): Token[] {
  const known = lexed.get(text)
  if (known) {
    lexed.delete(text)
    lexed.set(text, known)
    return known
  }
  const tokens = lex(text)
  lexed.set(text, tokens)
  keptChars += text.length
  for (const oldest of lexed.keys()) {
    if (keptChars <= KEPT) break
    lexed.delete(oldest)
    keptChars -= oldest.length
  }
  return tokens
}

function shortened(text: string): string {
  if (text.length <= MAX_LEXED) return text
  const end = text.lastIndexOf('\n', MAX_LEXED)
  // A marker is split only when a single line is this long; then its rest is dropped.
  return `${text.slice(0, end > 0 ? end : MAX_LEXED).replace(/\ufdd0\d*$/, '')}\n\n…`
}

function blocksOf(tokens: Token[], source: Source): Block[] {
  const blocks: Block[] = []
  for (const token of tokens as MarkedToken[]) {
    const block = blockOf(token, source)
    if (block) blocks.push(block)
  }
  return blocks
}

function blockOf(token: MarkedToken, source: Source): Block | null {
  switch (token.type) {
    case 'space':
    case 'def':
      return null
    case 'hr':
      return { kind: 'rule' }
    case 'heading':
      return { kind: 'heading', depth: token.depth, inner: inlinesOf(token.tokens, source) }
    case 'code':
      return { kind: 'code', text: verbatim(token.text, source), lang: verbatim(token.lang ?? '', source).replace(/[^\w+#.-].*/s, '') }
    case 'blockquote':
      return { kind: 'quote', blocks: blocksOf(token.tokens, source) }
    case 'list':
      return {
        kind: 'list',
        start: token.ordered ? Number(token.start) || 0 : null,
        items: token.items.map((item) => blocksOf(item.tokens, source)),
      }
    case 'table':
      return {
        kind: 'table',
        header: token.header.map((cell) => inlinesOf(cell.tokens, source)),
        rows: token.rows.map((row) => row.map((cell) => inlinesOf(cell.tokens, source))),
      }
    case 'paragraph':
      return paragraphOf(inlinesOf(token.tokens, source))
    case 'text':
      return paragraphOf(inlinesOf(token.tokens ?? [token], source))
    default:
      return paragraphOf(inlinesOf([token], source))
  }
}

const paragraphOf = (inner: Inline[]): Block | null => (inner.length === 0 ? null : { kind: 'paragraph', inner })

function inlinesOf(tokens: Token[], source: Source): Inline[] {
  const list: Inline[] = []
  for (const token of tokens as MarkedToken[]) addInline(list, token, source)
  return list
}

function addInline(list: Inline[], token: MarkedToken, source: Source): void {
  switch (token.type) {
    case 'br':
      list.push({ kind: 'break' })
      return
    case 'strong':
    case 'em':
    case 'del': {
      const inner = inlinesOf(token.tokens, source)
      if (inner.length > 0) list.push({ kind: token.type, inner })
      return
    }
    case 'codespan': {
      const text = verbatim(token.text, source).replace(/\s+/g, ' ')
      if (text !== '') list.push({ kind: 'code', text })
      return
    }
    case 'link':
    case 'image': {
      const inner = inlinesOf(token.tokens, source)
      const href = safeLink(verbatim(decodeEntities(token.href), source), source.base)
      if (href === null) for (const part of inner) addPart(list, part)
      else list.push({ kind: 'link', href, inner: inner.length > 0 ? inner : [{ kind: 'text', text: href }] })
      return
    }
    case 'checkbox':
      addText(list, token.checked ? '☑ ' : '☐ ', source.by)
      return
    case 'html':
      if (/^<br\s*\/?>$/i.test(token.raw)) list.push({ kind: 'break' })
      else addLiteral(list, token.raw.trimEnd(), source)
      return
    case 'escape':
      addText(list, token.text, source.by)
      return
    default:
      addLiteral(list, decodeEntities('text' in token ? token.text : token.raw), source)
  }
}

const addPart = (list: Inline[], part: Inline): void => {
  if (part.kind === 'text') addText(list, part.text, part.by)
  else list.push(part)
}

const verbatim = (text: string, source: Source): string => visible(unseal(text, source.values, plainValue))

const fold = (text: string): string => text.replace(/[ \t\n\r]+/g, ' ')

/** Author's text and values. Line breaks fold to spaces in both, as in Markdown, unless a value keeps its own. */
function addLiteral(list: Inline[], text: string, source: Source): void {
  for (const piece of pieces(text, source.values)) {
    if (typeof piece === 'string') addText(list, fold(visible(piece)), source.by)
    else if (!(piece.value instanceof KeptLines)) addText(list, fold(piece.value))
    else {
      for (const [i, line] of piece.value.text.split('\n').entries()) {
        if (i > 0) list.push({ kind: 'break' })
        addText(list, fold(keptBlanks(line)))
      }
    }
  }
}
