import type { Place, Signs } from './place.ts'

/** Longer addresses are not links in browsers either. */
const LONGEST = 2_000

/** http(s) and ftp, which GFM links too. Without signs that are not part of a URL, or that end one in some notation. */
const URLS = /(?:https?|ftp):\/\/[^\s<>"`|\\^{}\u200b\ufdd0-\ufdef]{1,2048}/

/** Where a bare URL stands: the text before and behind it on its line. */
export interface Beside extends Place {
  before: string
  next: string
}

export type Address = (url: string, beside: Beside) => string

/** Stands for what may follow a text. */
const UNKNOWN = '\ufdd7'

/**
 * Leaves the bare URLs of a line whole, so that readers still recognise them, and escapes the rest. Inside the label of a link a URL is text.
 */
export const besideUrls =
  (signs: Signs, address: Address): Signs =>
  (line, place) => {
    if (place.label === true || !line.includes('://')) return signs(line, place)
    const parts = split(line)
    const end = parts.length - 1
    return parts
      .map((part, i) => {
        if (part === '') return ''
        if (i % 2 === 1) return address(part, { ...place, before: before(parts, i, place), next: next(parts, i, place) })
        return signs(part, at(place, i === 0, i === end))
      })
      .join('')
  }

const next = (parts: string[], i: number, place: Place): string => {
  const text = parts[i + 1] ?? ''
  return i + 1 === parts.length - 1 && place.last !== true ? text + UNKNOWN : text
}

const before = (parts: string[], i: number, place: Place): string => (i === 1 && place.after === true ? UNKNOWN : '') + (parts[i - 1] ?? '')

const at = (place: Place, first: boolean, last: boolean): Place => ({ ...place, after: !first || place.after === true, last: last && place.last === true })

/** Text and URLs in turn; the first and the last are text. */
function split(line: string): string[] {
  const parts: string[] = []
  const urls = new RegExp(URLS, 'gi')
  let from = 0
  for (let match = urls.exec(line); match; match = urls.exec(line)) {
    const url = withoutEnd(match[0])
    urls.lastIndex = match.index + Math.max(url.length, 1)
    if (match[0].length > LONGEST || !URL.canParse(url) || /%(?![\da-f]{2})/i.test(url)) continue
    parts.push(line.slice(from, match.index), url)
    from = match.index + url.length
  }
  parts.push(line.slice(from))
  return parts
}

/** Whether a text is one URL to its last sign. */
export const isWholeUrl = (text: string): boolean => split(text)[1] === text

/** A URL without the signs at its end that belong to the sentence around it. Not by an expression, which would begin again at each of the signs. */
function withoutEnd(url: string): string {
  let end = closingAt(url)
  while (SENTENCE.has(url.charAt(end - 1))) end--
  return url.slice(0, end)
}

const SENTENCE: ReadonlySet<string> = new Set(".,:;!?'*_~")

/** Where a bracket closes that was not opened in the URL. */
function closingAt(url: string): number {
  let round = 0
  let square = 0
  for (let i = 0; i < url.length; i++) {
    if (url[i] === '(') round++
    else if (url[i] === '[') square++
    else if ((url[i] === ')' && --round < 0) || (url[i] === ']' && --square < 0)) return i
  }
  return url.length
}

/** Whether readers that recognise bare URLs end this one where we do: white space, or the end of a sentence, follows. */
export const endsClearly = ({ next }: Beside): boolean => /^[.,;:!?]?(?:\s|$)/.test(next)
