/** Signs and beginnings of every Markdown construct, and what stands around them. */
const PARTS = [
  ...['*', '**', '***', '_', '__', '~', '~~', '`', '``', '[', '![', ']', '](', ']: ', '[a]', '[x](', '(', ')', '<', '<a ', '<!--', '<?', '</a>', '<div>\n'],
  ...['&', '&#', '&amp;', '|', 'a|', '#', '# ', '1. ', '- ', '+ ', '> ', '>', '\\', '\n', '\n\n', '  \n', '  \n\u00a0', ' ', '\t', '    ', 'a', 'a ', 'é'],
  ...['aaaa@', 'a@b.', 'www.', 'http://', 'https://a.b/(', 'mailto:', '=', '===\n', '---\n', '***\n', '```\n', '~~~\n', '|-|\n', '-\n', '[a]: x\n', '[a]: x "'],
  ...['"', "'", '!', '.', ':', '\u200b', '- [ ] a\n', '<a b="', '<![CDATA[', '<script>'],
]

/** Units that a hostile text repeats: every part, every two of them, and the ones that were found to be slow in marked. */
export const CONSTRUCTS: readonly string[] = [
  ...new Set([...PARTS, ...PARTS.flatMap((one) => PARTS.map((other) => one + other)), '*a _', '* a **b _c ', '[a [b] ', '- - a\n', '> - 1. ']),
]

/** `length` characters of a repeated unit. */
export const repeated = (unit: string, length: number): string => unit.repeat(Math.ceil(length / unit.length)).slice(0, length)

/** Texts as people and programs write them, as long as the hub reads them. Each begins another time, so that none is a mere repetition. */
export const ORDINARY: Readonly<Record<string, (length: number) => string>> = {
  'a release note': (length) =>
    lines(
      length,
      (i) =>
        `${i % 12 === 0 ? `\n## ${i}.0.${i}\n\nWritten *by hand* and **read** by \`many\`:\n\n` : ''}- fixed [#${i}](https://x.example/i/${i}) in \`lib/mod_${i}.ts\`, thanks **@user_${i}**!`,
    ),
  'a log in one paragraph': (length) =>
    lines(length, (i) => `2026-01-01T00:00:${i % 60}Z [INFO] my_module: GET https://h.example/p_${i}?x=1&y=2 took ${i} ms (ok)`),
  'a table': (length) =>
    `| Name | Value | Note |\n|:---|---:|---|\n${lines(length - 50, (i) => `| item_${i} | **${i}** | see \`x\` or [there](https://x.example/${i}) |`)}`,
  'a list of tasks': (length) => lines(length, (i) => `${i % 3 === 2 ? '  ' : ''}- [${i % 2 === 0 ? 'x' : ' '}] task *${i}* for me@x.example`),
  'nested lists': (length) => lines(length, (i) => `${' '.repeat(2 * (i % 4))}- point ${i} with ~~old~~ text\n${' '.repeat(2 * (i % 4) + 2)}and a second line`),
  quotes: (length) => lines(length, (i) => `> On Monday _they_ wrote:\n> > that ${i} is **enough**\n\nNo, it is not.\n`),
  'a block of code': (length) => `Before\n\n\`\`\`ts\n${lines(length - 40, (i) => `const a_${i} = b[${i}] * c * \`\${d}\` // <T> & @x`)}\n\`\`\`\n\nAfter`,
  prose: (length) =>
    lines(
      length,
      (i) =>
        `It was the ${i}th day, and *nobody* knew why the clock (of the tower) had struck **thirteen** again: "odd", she said & left.${i % 6 === 5 ? '\n' : ''}`,
    ),
  'one long line': (length) =>
    lines(length, (i) => `And then ${i} of *them* said that \`it\` was [here](https://x.example/${i}), not there.`).replaceAll('\n', ' '),
  'hard line breaks': (length) => lines(length, (i) => `line *${i}* of a poem  `),
  references: (length) => lines(length, (i) => `See [this][r${i}] and [that].\n\n[r${i}]: https://x.example/${i} "Title ${i}"\n`),
}

function lines(length: number, line: (i: number) => string): string {
  const all: string[] = []
  for (let i = 0, size = 0; ; i++) {
    const next = line(i)
    size += next.length + 1
    if (size > length) return all.join('\n')
    all.push(next)
  }
}
