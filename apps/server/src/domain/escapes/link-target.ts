/**
 * The target of a link in Markdown's notation. URLs are percent-encoded already; brackets, white space, the signs that are read inside a target, and what
 * would be a character reference remain.
 */
export const linkTarget = (href: string): string => href.replace(/[()<>\\*`[\]]|\s|;(?<=&#?\w+;)/g, percent)

/** `encodeURIComponent` leaves brackets and stars unchanged. */
const percent = (sign: string): string =>
  sign.charCodeAt(0) < 128 ? `%${sign.charCodeAt(0).toString(16).toUpperCase().padStart(2, '0')}` : encodeURIComponent(sign)
