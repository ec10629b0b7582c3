import { besideUrls } from './bare-urls.ts'
import { linkTarget } from './link-target.ts'
import { type Escape, everyLine, type Signs } from './place.ts'

const numbered = (sign: string): string => `&#${sign.charCodeAt(0)};`

// `&` only where it would be read as the beginning of a reference, `:` only where an emoji would begin.
const signs: Signs = (line, place) => {
  const inline = line.replace(/[<>*~[\]`_\\!()#$]|&(?=#?\w+;)|:(?=(?!\d+:)[\p{L}\p{N}_+'-]+:)/gu, numbered)
  if (place.after === true) return inline
  return inline.replace(/^(\s*)([-+])(?=[\s-]|$)/, (_, blanks: string, sign: string) => blanks + numbered(sign)).replace(/^(\s*\d{1,9})\.(?=\s|$)/, '$1&#46;')
}

/** Text for Feishu's lark_md (https://open.feishu.cn/document/common-capabilities/message-card/message-cards-content/using-markdown-tags), which has numbered references. */
export const escapeLark: Escape = everyLine(besideUrls(signs, (url) => `[${signs(url, { after: true })}](${linkTarget(URL.parse(url)?.href ?? url)})`))
