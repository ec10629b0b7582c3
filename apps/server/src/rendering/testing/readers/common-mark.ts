import { type Node, Parser } from 'commonmark'
import { Marked, type MarkedToken, type Token } from 'marked'
import { decodeEntities } from '../../entities.ts'
import { notes, type Reader } from './reader.ts'

const STRUCTURE = new Set(['document', 'paragraph', 'text', 'softbreak', 'linebreak'])

/** CommonMark’s reference parser. */
export const commonMark: Reader = (message) => {
  const { seen, say, mark, link } = notes()
  const walker = new Parser().parse(message).walker()
  const inside = (node: Node): string => {
    let text = ''
    for (let child = node.firstChild; child; child = child.next) text += (child.literal ?? '') + inside(child)
    return text
  }
  for (let step = walker.next(); step; step = walker.next()) {
    const { node, entering } = step
    if (!entering) {
      if (node.type === 'paragraph' || node.type === 'heading') say(' ')
    } else if (node.type === 'link') link(inside(node), node.destination ?? '')
    else {
      if (!STRUCTURE.has(node.type)) mark(node.type)
      say(node.type === 'softbreak' || node.type === 'linebreak' ? ' ' : (node.literal ?? ''))
    }
  }
  return seen
}

const gfm = new Marked({ gfm: true })
const PLAIN = new Set(['paragraph', 'text', 'escape', 'space', 'br', 'link'])

/** GFM: tables, strike-through, task lists and links of bare addresses. */
export const gfmMarkdown: Reader = (message) => {
  const { seen, say, mark, link } = notes()
  const walk = (tokens: Token[]): void => {
    for (const token of tokens as MarkedToken[]) {
      if (!PLAIN.has(token.type)) mark(token.type)
      if (token.type === 'link' && token.raw.startsWith('<')) {
        say(token.raw.slice(1, -1))
        continue
      }
      if (token.type === 'link') link(decodeEntities(token.text), decodeEntities(token.href))
      if (token.type === 'list') for (const item of token.items) block(item.tokens)
      else if (token.type === 'table') for (const cell of [...token.header, ...token.rows.flat()]) block(cell.tokens)
      else if ('tokens' in token && token.tokens) walk(token.tokens)
      else if (token.type === 'br' || token.type === 'space') say(' ')
      else if ('text' in token) say(token.type === 'code' || token.type === 'codespan' || token.type === 'escape' ? token.text : decodeEntities(token.text))
      if (token.type === 'paragraph' || token.type === 'heading') say(' ')
    }
  }
  const block = (tokens: Token[]): void => {
    walk(tokens)
    say(' ')
  }
  walk(gfm.lexer(message))
  return seen
}
