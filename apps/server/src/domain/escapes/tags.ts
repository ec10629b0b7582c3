import { type Escape, ZERO } from './place.ts'

const SIGNS: Record<string, string> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;' }

/** Text for XML-like markup with only four named entities (Telegram, Matrix, cards): `&apos;` and the like are not among them. */
export const escapeTags: Escape = (text) => text.replace(/[&<>"]/g, (sign) => SIGNS[sign] ?? sign)

/** The same for Telegram, which has no escape for `@name`: it would call the person (https://core.telegram.org/bots/api#formatting-options). */
export const escapeTelegram: Escape = (text) => escapeTags(text).replace(/(?<![\p{L}\p{N}._%+/-])@(?=[A-Za-z]\w{3}|\w{0,4}$)/gu, `@${ZERO}`)
