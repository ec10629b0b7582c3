import type { Severity } from '../../domain/event-type.ts'
import type { Message } from '../../domain/message.ts'
import { fitJson, fitsJson } from '../kit/fit-json.ts'
import { rank } from '../kit/push-priority.ts'
import { oneLine, truncate } from '../kit/truncate.ts'

export const BODY_BYTES = 4096
// The server reads at most twice its message limit of JSON, and escaping can double a text.
const REQUEST_BYTES = 8192

/** The request with this text, and the same without buttons and picture, where the text needs their space. */
function builds(topic: string, message: Message, marked: boolean): [(text: string) => object, (text: string) => object] {
  const icon = ICONS[message.severity]
  const plain = (text: string) => ({
    topic,
    title: truncate(oneLine(message.title), 250, 'bytes'),
    message: text,
    // 1 min … 5 max.
    priority: rank(message, { low: 2, high: 4, urgent: 5 }, { debug: 1, info: 3, success: 3, warning: 4, error: 5, critical: 5 }),
    tags: [...(icon === undefined ? [] : [icon]), ...message.event.tags.filter((tag) => Buffer.byteLength(tag) <= 64).slice(0, 5)],
    markdown: marked ? true : undefined,
    click: message.url,
  })
  const actions = message.actions.slice(0, 3).map(({ label, url }) => ({ action: 'view', label: truncate(oneLine(label), 100), url }))
  return [(text) => ({ ...plain(text), attach: message.image, actions }), plain]
}

/** The longest name of a topic. */
const TOPIC = 64

/** For rendering: the JSON has a limit of its own. */
export const fits = (message: Message): boolean => fitsJson(message.body, REQUEST_BYTES - TOPIC, ...builds('', message, true))

/**
 * The JSON to publish (https://docs.ntfy.sh/publish/#publish-as-json). Markdown is announced only where a message has some and `markdown` permits it:
 * apps without it show every sign.
 */
export function publication(topic: string, message: Message, markdown: boolean): string {
  const marked = markdown && message.plain !== true
  return fitJson(truncate(marked ? message.body : message.text, BODY_BYTES, 'bytes'), REQUEST_BYTES, ...builds(topic, message, marked))
}

/** Short codes that the apps show as emoji (https://docs.ntfy.sh/emojis/). */
const ICONS: Record<Severity, string | undefined> = {
  debug: 'mag',
  info: undefined,
  success: 'white_check_mark',
  warning: 'warning',
  error: 'rotating_light',
  critical: 'sos',
}
