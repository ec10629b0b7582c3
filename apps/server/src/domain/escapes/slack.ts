import { besideUrls } from './bare-urls.ts'
import { type Escape, everyLine, type Signs, ZERO } from './place.ts'
import { flanked, UNDERSCORE } from './signs.ts'

const STAR = flanked('*')
const TILDE = flanked('~')
/** Of any name: a workspace adds its own, which may be numbers. */
const EMOJI = /:(?=[\p{L}\p{N}_+'-]+:)/gu

/** The three signs that have a meaning of their own in Slack. */
export const slackEntities = (text: string): string => text.replace(/&/g, '&amp;').replace(/</g, '&lt;').replace(/>/g, '&gt;')

const apart = `${ZERO}$&${ZERO}`

const signs: Signs = (line) => {
  const inline = line.replace(STAR, apart).replace(TILDE, apart).replace(/`/g, apart).replace(UNDERSCORE, apart).replace(EMOJI, `:${ZERO}`)
  return slackEntities(inline.replace(/^(\s*)>/, `$1${ZERO}>`))
}

/** Emphasis by one sign. A text that has the sign is written without: it would end there. */
export const slackMark =
  (sign: '*' | '_' | '~') =>
  (inner: string): string =>
    inner.includes(sign) ? inner : sign + inner + sign

/**
 * Text for Slack's mrkdwn (https://docs.slack.dev/messaging/formatting-message-text): three signs have entities; the others lose their meaning between
 * zero-width spaces, which are neither part of a word nor a word boundary.
 */
export const escapeSlack: Escape = everyLine(besideUrls(signs, (url) => `<${slackEntities(url)}>`))
