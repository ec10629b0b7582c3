import type { Message } from '../domain/message.ts'
import { dialects } from './dialects/index.ts'
import { common, type Draft, type RenderInput } from './draft.ts'
import { fit, fitLine } from './fit.ts'
import { htmlOverride, textOfHtml } from './html-override.ts'
import { mailDocument, mailText } from './layout.ts'
import { renderSealed } from './liquid.ts'
import { mailReason, openLabel } from './mail-words.ts'

/** A mail over 102 KiB is cut by Gmail with a link to the rest; the layout itself takes about 6 KiB, fields and buttons at most 12. */
const BODY_BYTES = 80 * 1024
const SUBJECT_CHARS = 255
const FIELDS = 20
const FIELD_CHARS = 200
const ACTIONS = 5

/** A mail: the document in `html`, the same words in `text`, the subject in `title`. */
export function renderMail(input: RenderInput, made: Draft, house: { name: string; url: string }): Message {
  const { event, eventType, format, limits } = input
  const { look } = made
  const bodyHtml = fit(made.blocks, dialects.html, Math.min(limits.body ?? BODY_BYTES, BODY_BYTES), 'bytes')
  const actions = made.actions.slice(0, limits.actions ?? ACTIONS)
  if (actions.length === 0 && made.url !== undefined) actions.push({ label: openLabel(look.locale), url: made.url })
  const fields = made.fields.slice(0, limits.fields ?? FIELDS).map(({ label, value }) => ({ label: fitLine(label, 80), value: fitLine(value, FIELD_CHARS) }))
  const around = { actions, fields, instance: house, reason: mailReason(look.locale, eventType.name, house.name, event.topic) }

  const own = look.html === undefined ? undefined : htmlOverride(renderSealed(look.html, made.scope, made.reader))
  const bodyText = made.blocks.length > 0 || own === undefined ? fit(made.blocks, dialects.text, BODY_BYTES, 'bytes') : textOfHtml(own)
  const title = fitLine(made.title, Math.min(limits.title ?? SUBJECT_CHARS, SUBJECT_CHARS), limits.unit)
  const preheader = fitLine(bodyText.replace(/\s+/g, ' '), 140)
  const html = own ?? mailDocument({ ...around, title, bodyHtml, preheader, severity: event.severity, locale: look.locale })
  return {
    ...common(input, made),
    title,
    body: format === 'html' ? bodyHtml : format === 'text' ? bodyText : fit(made.blocks, dialects[format], limits.body, limits.unit),
    text: mailText(bodyText, around),
    html,
    actions,
    fields,
  }
}
