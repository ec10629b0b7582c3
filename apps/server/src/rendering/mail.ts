import { beginning } from '../domain/cut.ts'
import type { Message } from '../domain/message.ts'
import { dialects } from './dialects/index.ts'
import { mailHtml } from './dialects/mail-html.ts'
import { common, type Draft, type RenderInput } from './draft.ts'
import { escapeHtml } from './entities.ts'
import { fit, fitLine } from './fit.ts'
import { htmlOverride } from './html-override.ts'
import { mailDocument, mailText } from './layout.ts'
import { renderSealed } from './liquid.ts'
import { mailReason, openLabel } from './mail-words.ts'
import { textOfPage } from './page-text.ts'
import { RenderError } from './render-error.ts'
import type { Sealed } from './sealed.ts'
import { oneLine } from './visible.ts'

/** Gmail cuts a mail over 102 KiB and hides the rest behind a link. */
const PAGE_BYTES = 99 * 1024
const TEXT_BYTES = 80 * 1024
const OWN_PAGE_BYTES = 256 * 1024
const SUBJECT_CHARS = 255
const LABEL_CHARS = 80
const VALUE_CHARS = 200
const FIELDS = 20
const ACTIONS = 5

/** A mail: HTML document in `html`, plain text in `text`, subject in `title`. `base` is the address of the application. */
export function renderMail(input: RenderInput, made: Draft, house: { name: string; url: string }, base: string | undefined): Message {
  const { event, eventType, format, limits } = input
  const { look } = made
  const title = fitLine(made.title, Math.min(limits.title ?? SUBJECT_CHARS, SUBJECT_CHARS), limits.unit)
  const actions = made.actions.slice(0, limits.actions ?? ACTIONS).map(({ label, url }) => ({ label: fitLine(label, LABEL_CHARS), url }))
  if (actions.length === 0 && made.url !== undefined) actions.push({ label: openLabel(look.locale), url: made.url })
  const fields = made.fields
    .slice(0, limits.fields ?? FIELDS)
    .map(({ label, value }) => ({ label: fitLine(label, LABEL_CHARS), value: fitLine(value, VALUE_CHARS) }))
  const about = fitLine(oneLine(eventType.name), LABEL_CHARS)
  const topic = event.topic === undefined ? undefined : fitLine(event.topic, LABEL_CHARS)
  const reason = mailReason(look.locale, about, house.name, topic)
  const reasonHtml = mailReason(look.locale, isolated(about), isolated(house.name), topic === undefined ? undefined : isolated(topic))
  const around = { title, actions, fields, instance: house, reason, reasonHtml, severity: event.severity, locale: look.locale }

  const own = look.html === undefined ? undefined : ownPage(renderSealed(look.html, made.scope, made.reader), base)
  const bodyText = made.blocks.length > 0 || own === undefined ? fit(made.blocks, dialects.text, limits.body ?? TEXT_BYTES, 'bytes') : textOfPage(own)
  const preheader = fitLine(beginning(bodyText, 1_000).replace(/\s+/g, ' '), 140)
  const page = (bodyHtml: string) => mailDocument({ ...around, bodyHtml, preheader })
  let bodyHtml = fit(made.blocks, mailHtml, limits.body, 'bytes')
  let html = own ?? page(bodyHtml)
  if (own === undefined && Buffer.byteLength(html) > PAGE_BYTES) {
    bodyHtml = fit(made.blocks, mailHtml, PAGE_BYTES - Buffer.byteLength(page('')), 'bytes')
    html = page(bodyHtml)
  }
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

/** A name within a sentence of another direction. */
const isolated = (text: string): string => `<bdi>${escapeHtml(text)}</bdi>`

function ownPage(sealed: Sealed, base: string | undefined): string {
  const page = htmlOverride(sealed, base)
  const size = Buffer.byteLength(page)
  if (size > OWN_PAGE_BYTES) throw new RenderError('template', `The HTML page has ${size} bytes; at most ${OWN_PAGE_BYTES} are allowed`)
  return page
}
