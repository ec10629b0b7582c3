/** Lists and tables for dialects that have neither. */
export const bulleted = (items: string[], start: number | null): string =>
  items.map((item, i) => (start === null ? '• ' : `${start + i}. `) + item.replaceAll('\n', '\n   ')).join('\n')

export const rowsAsLines =
  (open: string, close = open) =>
  (header: string[], rows: string[][]): string =>
    [header.map((cell) => (cell === '' ? cell : `${open}${cell}${close}`)), ...rows]
      .map((row) => row.map((cell) => cell.replace(/\s{0,9}\n/g, ' ')).join(' · '))
      .join('\n')
