import { parse as parseRocketChat } from '@rocket.chat/message-parser'
import { parse as parseDiscord } from 'discord-markdown-parser'
import { type Node, NodeType, parse as parseSlack } from 'slack-message-parser'
import { notes, type Reader } from './reader.ts'

const isRecord = (value: unknown): value is Record<string, unknown> => typeof value === 'object' && value !== null && !Array.isArray(value)

/** The text of a tree of any parser. */
const textIn = (node: unknown): string => {
  if (typeof node === 'string') return node
  if (Array.isArray(node)) return node.map(textIn).join('')
  return isRecord(node) ? textIn(node['value'] ?? node['content'] ?? node['name'] ?? '') : ''
}

const ROCKET_PLAIN = new Set(['PARAGRAPH', 'PLAIN_TEXT', 'LINK', 'LINE_BREAK', 'BIG_EMOJI'])

/** Rocket.Chat’s own parser, with formulas as servers have them by default. */
export const rocketChat: Reader = (message) => {
  const { seen, say, mark, link } = notes()
  const walk = (node: unknown): void => {
    if (Array.isArray(node)) {
      for (const one of node) walk(one)
      return
    }
    if (!isRecord(node)) return
    const { type, value } = node
    if (typeof type !== 'string') return
    if (!(type === 'EMOJI' && typeof node['unicode'] === 'string') && !ROCKET_PLAIN.has(type)) mark(type)
    if (type === 'LINK' && isRecord(value)) {
      link(
        textIn(value['label']),
        textIn(value['src'])
          .replace(/^tel:/, 'tel:+')
          .replace(/^tel:\+(.*)$/, (all, digits: string) => (textIn(value['label']).replace(/\D/g, '') === digits ? textIn(value['label']) : all)),
      )
      walk(value['label'])
    } else if (typeof node['unicode'] === 'string') say(node['unicode'])
    else if (typeof value === 'string') say(value)
    else if (type === 'INLINE_CODE' || type === 'PLAIN_TEXT' || type === 'CODE_LINE') say(textIn(value))
    else walk(value)
    if (type === 'PARAGRAPH' || type === 'LINE_BREAK' || type === 'LIST_ITEM' || type === 'CODE_LINE') say(' ')
  }
  walk(parseRocketChat(message, { katex: { parenthesisSyntax: true } }))
  return seen
}

const DISCORD_PLAIN = new Set(['text', 'twemoji', 'br', 'newline', 'url', 'autolink', 'link', 'paragraph', 'escape'])

/** Discord’s notation as embeds and webhooks are read. */
export const discord: Reader = (message) => {
  const { seen, say, mark, link } = notes()
  const walk = (node: unknown): void => {
    if (Array.isArray(node)) {
      for (const one of node) walk(one)
      return
    }
    if (!isRecord(node) || typeof node['type'] !== 'string') return
    const { type, content, target } = node
    if (!DISCORD_PLAIN.has(type)) mark(type)
    if (typeof target === 'string') link(textIn(content), target)
    if (type === 'br' || type === 'newline') say(' ')
    else if (type === 'twemoji') say(String(node['name']))
    else if (typeof content === 'string') say(content)
    else walk(content)
  }
  walk(parseDiscord(message, 'extended'))
  return seen
}

const entities = (text: string): string => text.replace(/&(lt|gt|amp);/g, (_, name: string) => ({ lt: '<', gt: '>', amp: '&' })[name] ?? '')

/** Slack’s mrkdwn. The parser takes any text between two colons for an emoji; names of emoji are words. */
export const slack: Reader = (message) => {
  const { seen, say, mark } = notes()
  const all = (nodes: readonly Node[]): void => {
    for (const node of nodes) walk(node)
  }
  const walk = (node: Node): void => {
    const isWord = node.type === NodeType.Emoji && !/^[\w+'-]+$/.test(node.name)
    if (node.type !== NodeType.Root && node.type !== NodeType.Text && node.type !== NodeType.URL && !isWord) mark(NodeType[node.type])
    if (node.type === NodeType.Text) say(entities(node.text))
    else if (node.type === NodeType.Emoji) say(entities(node.source))
    else if (node.type === NodeType.URL) {
      const label = node.label ?? []
      if (label.length === 0) say(entities(node.url))
      else mark('link')
      all(label)
    } else if ('children' in node) all(node.children)
    else if ('text' in node) say(entities(node.text))
  }
  walk(parseSlack(message))
  return seen
}
