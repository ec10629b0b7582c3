import { Type } from 'typebox'
import type { Message } from '../../domain/message.ts'
import type { Capabilities } from './capabilities.ts'
import { text } from './fields.ts'
import { oneLine, truncate } from './truncate.ts'

/** The phone number of one person, for every SMS vendor: E.164 (https://www.itu.int/rec/T-REC-E.164). */
export const smsDestination = Type.Object({
  phone: text({
    title: 'Phone number',
    description: 'International format: + and the country code, without spaces.',
    pattern: '^\\+[1-9]\\d{6,14}$',
    examples: ['+12025550123'],
  }),
})

/** Ten parts of 160; vendors refuse longer texts. Counted in UTF-16 units, as the alphabet of phones beyond GSM counts. */
export const SMS_CHARS = 1600

/** The address behind the text; one that does not fit is left out: a truncated URL is useless. */
function tailOf(message: Message, limit: number): string {
  const address = message.url === undefined || message.body.includes(message.url) ? '' : `\n${message.url}`
  return address.length > limit / 2 ? '' : address
}

const wordsOf = (message: Message): string => [oneLine(message.title), message.body.trim()].filter((part) => part !== '').join('\n')

/** Title, text and URL share the one text of an SMS, so together they must fit. */
export const smsCapabilities: Capabilities = {
  format: 'text',
  title: 160,
  body: SMS_CHARS,
  fits: (message) => wordsOf(message).length + tailOf(message, SMS_CHARS).length <= SMS_CHARS,
  target: 'connection',
}

/** One text of at most `limit` characters. */
export function smsText(message: Message, limit = SMS_CHARS): string {
  const tail = tailOf(message, limit)
  return truncate(wordsOf(message), limit - tail.length, 'utf16') + tail || '…'
}

/** A phone number from an Apprise URL, with or without `+` and separators; null when it is none. */
export function phoneIn(written: string | undefined): string | null {
  const digits = (written ?? '').replace(/[\s().+-]/g, '')
  return /^[1-9]\d{6,14}$/.test(digits) ? `+${digits}` : null
}

// GSM 03.38, the basic set and its extension: any other character doubles the length of the whole text.
const GSM = /^[\n\r !-Z\\[\]^_a-~@£$¥èéùìòÇØøÅåΔΦΓΛΩΠΨΣΘΞÆæßÉ¤¡ÄÖÑÜ§¿äöñüà€]*$/
export const isGsm = (words: string): boolean => GSM.test(words) && !words.includes('`')
