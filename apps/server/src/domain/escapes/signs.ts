/** A sign of emphasis with white space on at most one side; with it on both it is only a sign. What stands beside the text is not known. */
export const flanked = (sign: string): RegExp => new RegExp(`(?<=\\S|^)\\${sign}|\\${sign}(?=\\S|$)`, 'g')

/** An underscore at an end of a word. Within one (`snake_case`) it is only a sign. */
export const UNDERSCORE = /(?<![\p{L}\p{N}])_|_(?![\p{L}\p{N}])/gu

/**
 * An `@` before a name, or before emphasis or the end, where the name may follow. That of an e-mail address (`me@example.com`) calls nobody, because a letter
 * or digit stands before it; behind any other sign (`.@all`, `x-@all`) it calls.
 */
export const MENTION = /(?<![\p{L}\p{N}])@(?=[\p{L}\p{N}_*]|$)/gu

/** The colon that begins the short code of an emoji. Digits are a time (`10:30:15`), except two that are emoji. */
export const SHORT_CODE = /:(?=(?!\d+:(?<!:(?:100|1234):))[\p{L}\p{N}_+'-]+:)/gu

/** A character reference, such as `&amp;`. */
export const REFERENCE = /&(?=#?\w+;)/g

/** The number of a list. */
export const NUMBER = /^(\s*\d{1,9})(?=[.)](?:\s|$))/
