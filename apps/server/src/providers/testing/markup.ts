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
  apprise: LINK,
  mattermost: LINK,
  // The label of a link is not read, so it is not escaped.
  rocketchat: '<https://evil.example|evil>',
  zulip: LINK,
  'adaptive-card': LINK,
}

/** Markup that this dialect would interpret if data were unescaped; empty when it has no markup. */
export const markupOf = (format: Format): string => MARKUP[format]

/** Whether an escape was split: an entity without its end, or a trailing backslash. */
export function brokenMarkup(format: Format, text: string): boolean {
  if (MARKUP[format] === LINK) return /(^|[^\\])(\\\\)*\\(…|$)/.test(text)
  // URLs contain bare ampersands; only texts with an escaped character are checked.
  return /&(lt|gt|#\d+);/.test(text) && /&(?!(amp|lt|gt|quot|#\d+);)/.test(text)
}

/** Every text of a request by JSON pointer, or by form field; of plain text the whole. */
export function textsOf(request: Received): [at: string, text: string][] {
  const type = request.headers['content-type'] ?? ''
  if (type.startsWith('text/plain')) return [['/', request.body]]
  return type.startsWith('application/x-www-form-urlencoded') ? [...new URLSearchParams(request.body)] : leaves('', request.json())
}

function leaves(at: string, value: unknown): [string, string][] {
  if (typeof value === 'string') return [[at, value]]
  if (typeof value !== 'object' || value === null) return []
  return Object.entries(value).flatMap(([name, inner]) => leaves(`${at}/${name}`, inner))
}
