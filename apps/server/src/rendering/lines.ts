import { type Author, addText, type Text } from './document.ts'
import { NOTHING, pieces, plainValue, type Sealed, unseal } from './sealed.ts'
import { oneLine, visible } from './visible.ts'

/** A title, a label or a value: texts that know their author. */
export type Line = Text[]

/** One line as it is shown, whoever wrote its texts. */
export const plainLine = ({ text, values }: Sealed): string => oneLine(unseal(text, values, plainValue))

export const lineOfData = (text: string): Line => (text === '' ? [] : [{ kind: 'text', text }])

/** One line whose texts know their author: the same characters as `plainLine` gives. */
export function lineOf(sealed: Sealed, by: Author): Line {
  const line: Line = []
  // Blanks at the beginning go, and several become one, also where two pieces meet.
  let blank = false
  const add = (text: string, author?: Author): void => {
    const folded = visible(text).replace(/[ \t\n]+/g, ' ')
    const shown = line.length === 0 ? folded.trimStart() : blank ? folded.replace(/^ /, '') : folded
    if (shown === '') return
    blank = shown.endsWith(' ')
    addText(line, shown, author)
  }
  for (const piece of pieces(sealed.text.replaceAll(NOTHING, ''), sealed.values)) {
    if (typeof piece === 'string') add(piece, by)
    else add(plainValue(piece.value))
  }
  for (let last = line.at(-1); last; last = line.at(-1)) {
    last.text = last.text.trimEnd()
    if (last.text !== '') break
    line.pop()
  }
  return line
}
