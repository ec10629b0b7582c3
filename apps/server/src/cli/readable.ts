/** Characters that a terminal obeys, or that reorder the text around them. Lines end and columns are set apart by `\n` and `\t`. */
const OBEYED = /(?![\n\t])[\p{Cc}\p{Zl}\p{Zp}\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]/gu

/**
 * Text for a terminal. Names, titles and answers of servers are written by others, who could otherwise clear the screen of an operator, hide a
 * line, or make the terminal type. Each such character is shown as `\u001b`, which in JSON is the same character.
 */
export const readable = (text: string): string => text.replace(OBEYED, (sign) => `\\u${sign.charCodeAt(0).toString(16).padStart(4, '0')}`)
