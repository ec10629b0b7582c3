import { commonMarkSigns, commonMarkUrls } from './common-mark.ts'
import { type Escape, everyLine, type Signs, ZERO } from './place.ts'
import { MENTION, SHORT_CODE } from './signs.ts'

const markup = commonMarkSigns({ less: `<${ZERO}`, ampersand: `&${ZERO}`, tilde: '\\~', bar: '\\|', colon: `:${ZERO}`, line: ZERO })

/** `:)`, `;-)`, `:D`, `<3` and the like, which become pictures. */
const EMOTICON = /(?<![\p{L}\p{N}])[:;](?=-?['(]?[()dDpPoO/\\|sSxX@$[\]])|<(?=\/?3)/gu

const signs: Signs = (line, place) =>
  markup(
    line
      .replace(MENTION, `@${ZERO}`)
      .replace(/(?<![\p{L}\p{N}])#(?=\p{L})/gu, `#${ZERO}`)
      .replace(/(?<![\p{L}\p{N}])~(?=[\p{L}\p{N}])/gu, `~${ZERO}`)
      .replace(SHORT_CODE, `:${ZERO}`)
      .replace(EMOTICON, `$&${ZERO}`),
    place,
  ).replace(/(?<!\\)\[/g, '\\[')

/**
 * Plain text for Mattermost. Its parser (https://github.com/mattermost/marked) has no escape for `<`, `&` and `=`, and finds a link from its first bracket on.
 * What it leaves over is searched again for mentions, channels, hashtags and emoji, where a backslash does not help: those signs are separated from what follows.
 * Not possible: on a server with LaTeX switched on, two dollar signs enclose a formula.
 */
export const escapeMattermost: Escape = everyLine(commonMarkUrls(signs))
