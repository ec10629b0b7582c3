/** Text for XML-like markup that knows only four names (Telegram, Matrix, cards): `&apos;` and its like are not among them. */
export const escapeTags = (text: string): string => text.replace(/[&<>"]/g, (sign) => TAG_SIGNS[sign] ?? sign)

const TAG_SIGNS: Record<string, string> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;' }

/** Plain text that CommonMark shows as it is: emphasis, links, autolinks, HTML, entities and whatever begins a block is escaped. */
export function escapeMarkdown(text: string): string {
  return text
    .replace(/[\\`*[\]<~|]|(?<![\p{L}\p{N}])_|_(?![\p{L}\p{N}])|&(?=#?\w+;)|:(?=\/\/)|@(?=\w)|(?<=\bwww)\.|!$/giu, '\\$&')
    .replace(/^(\s*)([#+\-=>]|\d{1,9}(?=[.)](?:\s|$)))/, (_, space: string, mark: string) => (/\d/.test(mark) ? `${space}${mark}\\` : `${space}\\${mark}`))
}

/**
 * The same for chat servers that look for `@all` and `@channel` in the raw text, where a backslash does not help: a zero-width space
 * parts the sign from its name. Addresses (`me@example.com`) call nobody and stay.
 */
export const escapeChatMarkdown = (text: string): string =>
  escapeMarkdown(text.replace(/(?<![\p{L}\p{N}])@(?=[\p{L}\p{N}_*]|$)/gu, '@\u200b')).replace(/(?<=[\p{L}\p{N}])\\@/gu, '@')

/**
 * Text for Slack's mrkdwn (https://docs.slack.dev/messaging/formatting-message-text): three signs have names, the others lose their
 * meaning between zero-width spaces, which are neither a word nor its border.
 */
export const escapeSlack = (text: string): string =>
  text
    .replace(/[*~`]|(?<![\p{L}\p{N}])_|_(?![\p{L}\p{N}])/gu, '\u200b$&\u200b')
    .replace(/:(?=[\w+'-]+:)/g, ':\u200b')
    .replace(/^(\s*)>/gm, '$1\u200b>')
    .replace(/[&<>]/g, (sign) => TAG_SIGNS[sign] ?? sign)

/** Text for Feishu's lark_md, which knows numbered entities. `&` is one only where it would be read as the beginning of another. */
export const escapeLark = (text: string): string => text.replace(/[<>*~[\]`_\\!()#]|&(?=#?\w+;)/g, (sign) => `&#${sign.charCodeAt(0)};`)

/** Text for an Adaptive Card's TextBlock (https://learn.microsoft.com/adaptive-cards/authoring-cards/text-features). */
export const escapeCard = (text: string): string =>
  text
    .replace(/[\\*_[\]]/g, '\\$&')
    .replace(/^(\s*)([-+#>]|\d{1,9}(?=[.)]\s))/gm, (_, space: string, mark: string) => (/\d/.test(mark) ? `${space}${mark}\\` : `${space}\\${mark}`))

/** Plain text, of one line, that Discord shows as it is. A backslash before any sign is an escape there. */
export function escapeDiscord(text: string): string {
  return text
    .replace(/[\\`*_~|[\]<]|:(?=\/\/)|@(?=everyone|here)/gi, '\\$&')
    .replace(/^(\s*)([#+\-=>]|\d{1,9}(?=\.(?:\s|$)))/, (_, space: string, mark: string) => (/\d/.test(mark) ? `${space}${mark}\\` : `${space}\\${mark}`))
}
