import { type Escape, ZERO } from './place.ts'

const SIGNS: Record<string, string> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;' }

/** Text for XML-like markup with only four named entities (Telegram, Matrix, cards): `&apos;` and the like are not among them. */
export const escapeTags: Escape = (text) => text.replace(/[&<>"]/g, (sign) => SIGNS[sign] ?? sign)

/**
 * Text for Telegram without any markup: there, too, `@name` calls the person, unless a letter, a digit or `_` stands before it
 * (https://github.com/tdlib/td, `match_mentions` in `td/telegram/MessageEntity.cpp`).
 */
export const callingNobody = (text: string): string => text.replace(/(?<![\p{L}\p{N}_])@(?=[A-Za-z]\w{3}|\w{0,4}$)/gu, `@${ZERO}`)

/** The same for Telegram’s tags, which have no escape for `@name` either (https://core.telegram.org/bots/api#formatting-options). */
export const escapeTelegram: Escape = (text) => callingNobody(escapeTags(text))
