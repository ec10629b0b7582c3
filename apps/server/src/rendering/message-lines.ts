import type { Message } from '../domain/message.ts'
import { dialects, type Format } from './dialects/index.ts'
import type { Block } from './document.ts'
import type { Draft, RenderInput } from './draft.ts'
import { fit, fitLine } from './fit.ts'
import type { Line } from './lines.ts'
import type { Dialect } from './print.ts'

/** Title, fields and buttons of a message: plain text, or in the dialect where the vendor reads it in them too. */
export function linesOf(made: Draft, format: Format, limits: RenderInput['limits']): Pick<Message, 'title' | 'fields' | 'actions' | 'coded'> {
  const dialect: Dialect = dialects[format]
  const everything = format === 'json'
  const fields = made.fields.slice(0, everything ? undefined : (limits.fields ?? 0))
  const actions = made.actions.slice(0, everything ? undefined : (limits.actions ?? 0))
  const { unit } = limits
  const { label: longestLabel, value: longestValue, button: longestButton } = everything ? {} : (limits.lengths ?? {})
  const plain = {
    title: fitLine(made.title, limits.title, unit),
    fields: fields.map(({ label, value }) => ({ label: fitLine(label, longestLabel, unit), value: fitLine(value, longestValue, unit) })),
    actions: actions.map(({ label, url }) => ({ label: fitLine(label, longestButton), url })),
  }
  if (!dialect.everywhere && !dialect.codes) return plain
  const given = made.lines()
  const lines = { title: given.title, fields: given.fields.slice(0, fields.length), labels: given.actions.slice(0, actions.length) }
  const written = {
    title: () => fit(blockOf(lines.title), titles(dialect), limits.title, unit),
    field: ({ label, value }: { label: Line; value: Line }) => ({
      label: fit(blockOf(label), titles(dialect), longestLabel, unit),
      value: fit(blockOf(value), dialect, longestValue, unit),
    }),
    button: (label: Line) => fit(blockOf(label), inLabels(dialect), longestButton),
  }
  if (dialect.everywhere) {
    const { address } = dialect.everywhere
    return {
      title: written.title(),
      fields: lines.fields.map(written.field),
      actions: actions.map(({ url }, i) => ({ label: written.button(lines.labels[i] ?? []), url: address(url) })),
    }
  }
  const isCoded = [lines.title, ...lines.labels, ...lines.fields.flatMap(({ label, value }) => [label, value])].some((line) => hasCode(line, dialect))
  return isCoded ? { ...plain, coded: { title: written.title(), fields: lines.fields.map(written.field), labels: lines.labels.map(written.button) } } : plain
}

const blockOf = (line: Line): Block[] => [{ kind: 'paragraph', inner: line }]

/** The dialect as it is read in titles. */
const titles = (dialect: Dialect): Dialect => (dialect.everywhere ? { ...dialect, text: dialect.everywhere.title } : dialect)

/** The dialect as it is read in the labels of links. */
const inLabels = (dialect: Dialect): Dialect => ({ ...dialect, text: (text, place) => dialect.text(text, { ...place, after: true, label: true, last: false }) })

const hasCode = (line: Line, { codes }: Dialect): boolean =>
  codes !== undefined && line.some(({ text, by }) => by !== undefined && text.search(codes[by]) !== -1)
