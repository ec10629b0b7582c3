import { notes, type Reader } from './reader.ts'

/**
 * One pattern of a model: its kind of markup ('' = none), which group a person sees, and whether later patterns see that too. `decode` makes literal text of it.
 */
interface Rule {
  find: RegExp
  kind: string
  shown?: number
  literal?: (match: string) => string
}

const rule = (find: RegExp, kind: string, shown = 1): Rule => ({ find, kind, shown })
const literal = (find: RegExp, kind = '', shown = 0, decode: (text: string) => string = (text) => text): Rule => ({ find, kind, shown, literal: decode })

const numbered = (reference: string): string => String.fromCodePoint(Number(reference.replace(/\D/g, '')))

/**
 * A reader that applies its rules to each line in their order, as Python-Markdown does: what a rule has taken literally, later ones do not see. Models are
 * written from the vendors' documentation or source.
 */
function model(blocks: [RegExp, string][], rules: Rule[], whole: Rule[] = []): Reader {
  return (message) => {
    const { seen, mark, link } = notes()
    const kept: string[] = []
    const restore = (text: string): string => text.replace(/\ue000(\d+)\ue001/g, (_, index: string) => restore(kept[Number(index)] ?? ''))
    const apply = (given: string, some: Rule[]): string => {
      let text = given
      for (const [at, { find, kind, shown = 0, literal: decode }] of some.entries())
        for (let left = 200, match = find.exec(text); match && left > 0; left--, match = find.exec(text)) {
          // The label of a link is read by later rules, alone.
          const inside = kind === 'link' ? restore(apply(match[1] ?? '', some.slice(at + 1))) : (match[shown] ?? '')
          if (kind === 'link') link(inside, restore(match[2] ?? ''))
          else if (kind !== '') mark(kind)
          const put = decode || kind === 'link' ? `\ue000${kept.push(decode?.(inside) ?? inside) - 1}\ue001` : inside
          text = text.slice(0, match.index) + put + text.slice(match.index + match[0].length)
        }
      return text
    }
    const inline = (line: string): string => restore(apply(line, rules))
    const lines = apply(message, whole)
      .split(/[\n\r]/)
      .map((line) => {
        const block = blocks.find(([pattern]) => pattern.test(line))
        if (block) mark(block[1])
        return inline(block ? line.replace(block[0], '') : line)
      })
    return { text: lines.join(' '), marks: seen.marks }
  }
}

const LINK = /\[((?:[^[\]]|\[[^\]]*\])*)\]\(([^()\s]+)\)/

/** Zulip (`zerver/lib/markdown/__init__.py`): patterns in the order of their priority; no backslash, numbered references before emphasis. */
export const zulip: Reader = model(
  [
    [/^ *[-+*] +(?=\S)/, 'list'],
    [/^ *\d+\. +(?=\S)/, 'list'],
    [/^ {0,3}#{1,6} +/, 'heading'],
    [/^ *> ?/, 'quote'],
    [/^ {4}/, 'code'],
    [/^\/me /, 'me'],
    [/^ *(?:`{3,}|~{3,})/, 'fence'],
    [/^ *(?:(?:- *){3,}|(?:\* *){3,}|(?:_ *){3,})$/, 'rule'],
    [/^\|?[ :|-]*-[ :|-]*\|[ :|-]*$/, 'table'],
  ],
  [
    literal(/(?<![\\`])(`+)(?!`)(.+?)(?<!`)\1(?!`)/, 'code', 2),
    rule(/(\*\*\*)(?!\s+)([^*^\n]+)(?<!\s)\*\*\*/, 'strong', 2),
    literal(/(?<![^\s'"(,:<])@_?\*\*[^*]+\*\*/, 'mention'),
    literal(/\B(?<!\$)\$\$[^\n_$](?:\\\$|[^$\n])*\$\$(?!\$)\B/, 'formula'),
    literal(/(?<![^\s'"(,:<])#\*\*[^*]+\*\*/, 'channel'),
    literal(/<time:[^>]*?>/, 'time'),
    literal(/(?<![^\s'"(,:<])@_?\*[^*\n]+\*/, 'mention'),
    rule(LINK, 'link'),
    literal(/(?<![^\s'"(,:<])https?:\/\/[^\s<>"\ue000]+?(?=[!:;?),.'">]*(?:\s|$))/),
    literal(/&#\d+;/, '', 0, numbered),
    literal(/&(?:[A-Za-z]\w*|#x[\da-f]+);/i, 'reference'),
    rule(/(\*\*)([^\n]+?)\1/, 'strong', 2),
    rule(/(\*)(?!\s+)([^*^\n]+)(?<!\s)\*/, 'em', 2),
    rule(/(?<!~)(~~)([^~\n]+?)~~(?!~)/, 'del', 2),
    literal(/:(?!\d+:)[\p{L}\p{N}_+-]+:/u, 'emoji'),
  ],
  [literal(/^(`{3,}|~{3,})[^\n]*\n([\s\S]*?)\n\1$/m, 'code', 2)],
)

/** Feishu's lark_md: emphasis, links, tags, emoji; numbered references are text. */
export const feishu: Reader = model(
  [
    [/^\s*[-+] +/, 'list'],
    [/^\s*\d+\. +/, 'list'],
    [/^\s*#{1,6} +/, 'heading'],
    [/^\s*-{3,}\s*$/, 'rule'],
  ],
  [
    literal(/&#\d+;/, '', 0, numbered),
    literal(/&\w+;/, 'reference'),
    literal(/<\w+[^>]*>/, 'tag'),
    rule(LINK, 'link'),
    literal(/`(.+?)`/, 'code', 1),
    rule(/\*\*(?=\S)(.+?)\*\*/, 'strong'),
    rule(/\*(?=\S)(.+?)\*/, 'em'),
    rule(/~~(?=\S)(.+?)~~/, 'del'),
    literal(/:(?!\d+:)[\p{L}\p{N}_+'-]+:/u, 'emoji'),
  ],
)

/** The Markdown of an Adaptive Card’s TextBlock, with its functions for dates. */
export const adaptiveCard: Reader = model(
  [
    [/^\s*[-+*] +/, 'list'],
    [/^\s*\d+[.)] +/, 'list'],
    [/^\s*#{1,6} +/, 'heading'],
    [/^\s*>/, 'quote'],
  ],
  [
    literal(/\\([!-/:-@[-`{-~])/, '', 1),
    literal(/\{\{(?:DATE|TIME)\([^)]*\)\}\}/, 'date'),
    rule(LINK, 'link'),
    literal(/&(?:\w+|#\d+);/, 'reference'),
    rule(/\*\*(?=\S)([^*]+?)\*\*/, 'strong'),
    rule(/\*(?=\S)([^*]+?)\*/, 'em'),
    rule(/(?<![\p{L}\p{N}])_(?=\S)([^_]+?)_(?![\p{L}\p{N}])/u, 'em'),
  ],
)

/** Python-Markdown, as an Apprise API server calls it: fewer escapes than CommonMark, tags pass, no tables and no strike-through. */
export const pythonMarkdown: Reader = model(
  [
    [/^ {0,3}[-+*] +/, 'list'],
    [/^ {0,3}\d+\. +/, 'list'],
    [/^ {0,3}#{1,6}/, 'heading'],
    [/^ {0,3}>/, 'quote'],
    [/^ {4}|^\t/, 'code'],
    [/^(?:=+|-+) *$/, 'underline'],
  ],
  [
    literal(/\\([\\`*_{}[\]()>#+\-.!])/, '', 1),
    rule(LINK, 'link'),
    literal(/<((?:https?|ftp):\/\/[^<>]*)>/i, '', 1),
    literal(/<[A-Za-z/!?][^<>]*>/, 'tag'),
    literal(/&amp;/, '', 0, () => '&'),
    literal(/&lt;/, '', 0, () => '<'),
    literal(/&(?:\w+|#\d+);/, 'reference'),
    literal(/(?<=^|\s)(?:\*{1,3}|_{1,3})(?=\s|$)/),
    rule(/(\*\*|(?<![\p{L}\p{N}_])__)(?=\S)(.+?)\1/u, 'strong', 2),
    rule(/(\*)(?!\s)([^*]+)\*/, 'em', 2),
    rule(/(?<![\p{L}\p{N}_])(_)(?!\s)([^_]+)_(?![\p{L}\p{N}_])/u, 'em', 2),
  ],
  [literal(/(?<!\\)(`+)(.+?)(?<!`)\1(?!`)/s, 'code', 2)],
)
