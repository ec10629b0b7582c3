import type { Capabilities } from '../kit/capabilities.ts'
import type { Received } from './receiver.ts'

type Format = Capabilities['format']

const TAG = '<b>evil</b>'
const LINK = '[evil](https://evil.example)'
const MARKUP: Record<Format, string> = {
  text: '',
  json: '',
  html: TAG,
  telegram: TAG,
  'google-chat': TAG,
  slack: '<!channel>',
  feishu: '<at id=all></at>',
  // Rendering escapes titles, labels and fields of this one too.
  discord: '',
  markdown: LINK,
  'chat-markdown': LINK,
  'adaptive-card': LINK,
}

/** What this dialect would obey when it stood unescaped in data; empty when it has no markup. */
export const markupOf = (format: Format): string => MARKUP[format]

/** Whether an escape was cut in two: an entity without its end, or a backslash that escapes the cut. */
export function brokenMarkup(format: Format, text: string): boolean {
  if (MARKUP[format] === LINK) return /(^|[^\\])(\\\\)*\\(…|$)/.test(text)
  // Addresses have bare ampersands; only what holds an escaped sign is looked at.
  return /&(lt|gt|#\d+);/.test(text) && /&(?!(amp|lt|gt|quot|#\d+);)/.test(text)
}

/** Every text of a request with its JSON pointer, or the name of its form field. */
export function textsOf(request: Received): [at: string, text: string][] {
  const type = request.headers['content-type'] ?? ''
  return type.startsWith('application/x-www-form-urlencoded') ? [...new URLSearchParams(request.body)] : leaves('', request.json())
}

function leaves(at: string, value: unknown): [string, string][] {
  if (typeof value === 'string') return [[at, value]]
  if (typeof value !== 'object' || value === null) return []
  return Object.entries(value).flatMap(([name, inner]) => leaves(`${at}/${name}`, inner))
}
