import { besideUrls } from './bare-urls.ts'
import { linkTarget } from './link-target.ts'
import { type Escape, everyLine, type Signs, ZERO } from './place.ts'
import { NUMBER, REFERENCE } from './signs.ts'

const signs: Signs = (line, place) => {
  const inline = line
    .replace(/[\\*_[\]]/g, '\\$&')
    .replace(REFERENCE, `&${ZERO}`)
    .replace(/\{(?=\{(?:DATE|TIME)\()/g, `{${ZERO}`)
  return place.after === true ? inline : inline.replace(/^(\s*)(?=[-+#>])/, '$1\\').replace(NUMBER, '$1\\')
}

/** Text for an Adaptive Card's TextBlock (https://learn.microsoft.com/adaptive-cards/authoring-cards/text-features), which also has a notation for dates. */
export const escapeCard: Escape = everyLine(besideUrls(signs, (url) => `[${signs(url, { after: true })}](${linkTarget(URL.parse(url)?.href ?? url)})`))
