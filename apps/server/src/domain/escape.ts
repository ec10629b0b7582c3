/** Text for XML-like markup with only four named entities (Telegram, Matrix, cards): `&apos;` and the like are not among them. */
export const escapeTags = (text: string): string => text.replace(/[&<>"]/g, (sign) => TAG_SIGNS[sign] ?? sign)

const TAG_SIGNS: Record<string, string> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;' }

/** Plain text that CommonMark shows as it is: emphasis, links, autolinks, HTML, entities and every start of a block is escaped. */
export function escapeMarkdown(text: string): string {
  return text
    .replace(/[\\`*[\]<~|]|(?<![\p{L}\p{N}])_|_(?![\p{L}\p{N}])|&(?=#?\w+;)|:(?=\/\/)|@(?=\w)|(?<=\bwww)\.|!$/giu, '\\$&')
    .replace(/^(\s*)([#+\-=>]|\d{1,9}(?=[.)](?:\s|$)))/, (_, space: string, mark: string) => (/\d/.test(mark) ? `${space}${mark}\\` : `${space}\\${mark}`))
}

/**
 * The same for chat servers that search the raw text for `@all` and `@channel`, where a backslash does not help: a zero-width space
 * separates the sign from its name. Addresses (`me@example.com`) mention nobody and stay.
 */
export const escapeChatMarkdown = (text: string): string =>
  escapeMarkdown(text.replace(/(?<![\p{L}\p{N}])@(?=[\p{L}\p{N}_*]|$)/gu, '@\u200b')).replace(/(?<=[\p{L}\p{N}])\\@/gu, '@')

/**
 * Text for Slack's mrkdwn (https://docs.slack.dev/messaging/formatting-message-text): three signs have entities; the others lose their
 * meaning between zero-width spaces, which are neither part of a word nor a word boundary.
 */
export const escapeSlack = (text: string): string =>
  text
    .replace(/[*~`]|(?<![\p{L}\p{N}])_|_(?![\p{L}\p{N}])/gu, '\u200b$&\u200b')
    .replace(/:(?=[\w+'-]+:)/g, ':\u200b')
    .replace(/^([^\S\n]*)>/gm, '$1\u200b>')
    .replace(/[&<>]/g, (sign) => TAG_SIGNS[sign] ?? sign)

/** Text for Feishu's lark_md, which has numbered entities. `&` becomes one only where it would be read as the beginning of another. */
export const escapeLark = (text: string): string => text.replace(/[<>*~[\]`_\\!()#]|&(?=#?\w+;)/g, (sign) => `&#${sign.charCodeAt(0)};`)

/** Text for an Adaptive Card's TextBlock (https://learn.microsoft.com/adaptive-cards/authoring-cards/text-features). */
export const escapeCard = (text: string): string =>
  text
    .replace(/[\\*_[\]]/g, '\\$&')
    .replace(/^([^\S\n]*)([-+#>]|\d{1,9}(?=[.)]\s))/gm, (_, space: string, mark: string) => (/\d/.test(mark) ? `${space}${mark}\\` : `${space}\\${mark}`))

/** Plain text, of one line, that Discord shows as it is. There a backslash escapes every sign. */
export function escapeDiscord(text: string): string {
  return text
    .replace(/[\\`*_~|[\]<]|:(?=\/\/)|@(?=everyone|here)/gi, '\\$&')
    .replace(/^(\s*)([#+\-=>]|\d{1,9}(?=\.(?:\s|$)))/, (_, space: string, mark: string) => (/\d/.test(mark) ? `${space}${mark}\\` : `${space}\\${mark}`))
}
