/** Terminal formatting of the demo: at most 96 columns, colour only on a terminal. */
export interface Look {
  strong(text: string): string
  faint(text: string): string
  good(text: string): string
  bad(text: string): string
}

const painted = (code: number) => (text: string) => `\u001b[${code}m${text}\u001b[0m`
const plain = (text: string) => text

export const createLook = (colour: boolean): Look =>
  colour ? { strong: painted(1), faint: painted(2), good: painted(32), bad: painted(31) } : { strong: plain, faint: plain, good: plain, bad: plain }

/** A text in exactly this many columns; a longer one ends in an ellipsis. Apply before colouring, because escape codes have no width. */
export function fit(text: string, width: number): string {
  const chars = [...text]
  return chars.length > width ? `${chars.slice(0, width - 1).join('')}…` : text + ' '.repeat(width - chars.length)
}

/** Wraps words into lines of at most this many columns, each with the same margin. */
export function wrap(text: string, width: number, margin: string): string {
  const lines: string[] = []
  for (const paragraph of text.trim().split('\n')) {
    let line = ''
    for (const word of paragraph.trim().split(/\s+/)) {
      if (line !== '' && line.length + 1 + word.length > width) {
        lines.push(line)
        line = word
      } else line = line === '' ? word : `${line} ${word}`
    }
    lines.push(line)
  }
  return lines.map((line) => (margin + line).trimEnd()).join('\n')
}
