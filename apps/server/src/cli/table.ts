import { readable } from './readable.ts'

/** Columns of text, each as wide as its widest cell; no trailing spaces. A cell has one line: names of others must not make a row of their own. */
export function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const all = [head, ...rows].map((row) => row.map((cell) => readable(cell.replace(/[\r\n\t]+/g, ' '))))
  const widths = head.map((_, column) => Math.max(...all.map((row) => [...(row[column] ?? '')].length)))
  const line = (row: readonly string[]) =>
    row
      .map((cell, column) => cell + ' '.repeat((widths[column] ?? 0) - [...cell].length))
      .join('  ')
      .trimEnd()
  return all.map(line).join('\n')
}
