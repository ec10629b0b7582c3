import { compile, type FormatCallback, type SelectorDefinition } from 'html-to-text'

/** Styles of elements that nobody sees, such as the preview text that mails hide at their beginning. */
const HIDING = /(?:^|;)\s*(?:display\s*:\s*none|visibility\s*:\s*hidden|max-height\s*:\s*0(?:px)?|opacity\s*:\s*0(?:\.0*)?)\s*(?:!important\s*)?(?:;|$)/i

/** Classes that the page's own style sheets hide everywhere, not only on small screens. */
function hiddenClasses(html: string): Set<string> {
  const hidden = new Set<string>()
  for (const [, sheet = ''] of html.matchAll(/<style\b[^<>]*>([^<]*)/gi)) {
    // Depth of open rules such as `@media`.
    let inside = 0
    for (const rule of sheet.split('}')) {
      const [selector = '', ...rest] = rule.split('{')
      const body = rest.at(-1)
      // Before the selector of a rule stand those that contain it, each of which is closed later: `@media … { @supports … { .a {`.
      inside += Math.max(0, rest.length - 1)
      if (body === undefined) inside = Math.max(0, inside - 1)
      else if (inside === 0 && HIDING.test(body)) for (const one of selector.split(',')) if (/^\.[\w-]+$/.test(one.trim())) hidden.add(one.trim().slice(1))
    }
  }
  return hidden
}

/** Classes that the page in hand hides. Its conversion is synchronous, and the library's types know no other way to its formatters. */
let unseen: ReadonlySet<string> = new Set()

/** A formatter of the library, but not for elements that are hidden. */
const seen =
  (name: string): FormatCallback =>
  (element, walk, builder, options) => {
    const { hidden, style = '', class: classes = '' }: { [attribute: string]: string | undefined } = element.attribs ?? {}
    if (hidden !== undefined || HIDING.test(style) || classes.split(/\s+/).some((one) => unseen.has(one))) return
    builder.options.formatters[name]?.(element, walk, builder, options)
  }

const FORMATS = ['inline', 'anchor', 'block', 'blockquote', 'heading', 'orderedList', 'paragraph', 'pre', 'unorderedList'] as const

/** A cell of a row: a blank separates it from the next one. Layout tables have one cell in a row. */
const cell: FormatCallback = (element, walk, builder) => {
  walk(element.children, builder)
  builder.addInline(' ')
}

/** The words that stand for a picture; its address says nothing to a person. */
const picture: FormatCallback = (element, _walk, builder) => builder.addInline(element.attribs?.['alt'] ?? '')

const each = (tags: string, definition: Omit<SelectorDefinition, 'selector'>): SelectorDefinition[] =>
  tags.split(' ').map((selector) => ({ selector, ...definition }))

const lines = (leadingLineBreaks: number, trailingLineBreaks = leadingLineBreaks) => ({ leadingLineBreaks, trailingLineBreaks })

const toText = compile({
  wordwrap: false,
  // Without U+200B, which the library would take for a blank: it may be part of a value.
  whitespaceCharacters: ' \t\r\n\f',
  limits: { maxInputLength: 262_144, maxDepth: 500 },
  formatters: { ...Object.fromEntries(FORMATS.map((name) => [`seen-${name}`, seen(name)])), 'plain-cell': cell, 'seen-cell': seen('plain-cell'), picture },
  selectors: [
    { selector: '*', format: 'seen-inline' },
    ...each('head title style script template img', { format: 'skip' }),
    ...each('img', { format: 'picture' }),
    { selector: 'a', format: 'seen-anchor', options: { linkBrackets: ['(', ')'], hideLinkHrefIfSameAsText: true } },
    ...each('address article aside dd details div dl dt fieldset figcaption figure footer form header legend main nav section summary tr', {
      format: 'seen-block',
      options: lines(1),
    }),
    ...each('caption table', { format: 'seen-block', options: lines(2) }),
    ...each('td th', { format: 'seen-cell' }),
    ...each('h1 h2 h3 h4 h5 h6', { format: 'seen-heading', options: { ...lines(2), uppercase: false } }),
    { selector: 'blockquote', format: 'seen-blockquote', options: lines(2) },
    { selector: 'ol', format: 'seen-orderedList', options: lines(2) },
    { selector: 'ul', format: 'seen-unorderedList', options: { ...lines(2), itemPrefix: '- ' } },
    { selector: 'p', format: 'seen-paragraph', options: lines(2) },
    { selector: 'pre', format: 'seen-pre', options: lines(2) },
  ],
})

/**
 * The plain text part of an HTML mail whose event type has no Markdown body: the characters of the page as they are, because a code that is
 * written in capitals is another code. Addresses of links follow their words. What the page hides is left out.
 */
export function textOfPage(html: string): string {
  unseen = hiddenClasses(html)
  return toText(html)
    .replace(/(?<![ \t])[ \t]+(?=\n|$)/g, '')
    .replace(/^\n+|(?<!\n)\n+$/g, '')
}
