/**
 * Blanks of a value that keeps its lines (`| newline_to_br`): those at the beginning of a line, and those in a row. Most readers drop them, so in
 * a document each is a noncharacter, which no data contains and which is not white space to Markdown; printing turns it into what the reader keeps.
 */
const BLANK = '\ufdd4'
const TAB = '\ufdd5'
const KEPT = /[\ufdd4\ufdd5]/
const NO_BREAK = '\u00a0'
/** Columns of a tab where a reader has none. */
const COLUMNS = 4

const marks = (blanks: string): string => blanks.replace(/[ \t]/g, (blank) => (blank === '\t' ? TAB : BLANK))

/** One line of such a value. The last blank of a row between words stays one: there the line may be broken. */
export const keptBlanks = (line: string): string =>
  line
    .trimEnd()
    .replace(/^[ \t]+/, marks)
    .replace(/[ \t]{2,}|\t/g, (row) => (row.endsWith('\t') ? marks(row) : `${marks(row.slice(0, -1))} `))

/** The printed text of a reader that keeps blanks as they are (`plain`), or only no-break spaces. */
export const shownBlanks = (printed: string, plain: boolean): string =>
  !KEPT.test(printed)
    ? printed
    : plain
      ? printed.replaceAll(BLANK, ' ').replaceAll(TAB, '\t')
      : printed.replaceAll(BLANK, NO_BREAK).replaceAll(TAB, NO_BREAK.repeat(COLUMNS))
