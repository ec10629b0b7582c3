import type { TemplateTexts } from '../domain/event-type.ts'
import type { Message } from '../domain/message.ts'
import { toIso } from '../domain/time.ts'
import { dataList } from './default-look.ts'
import { dialects, type Format } from './dialects/index.ts'
import { type Block, hasMarkup } from './document.ts'
import { common, type Draft, draftWithout, type InboxTexts, type RenderInput } from './draft.ts'
import { fit, fitAround } from './fit.ts'
import { type Line, lineOf, lineOfData, plainLine } from './lines.ts'
import { safeLink } from './links.ts'
import { renderLine, renderSealed, type Scope } from './liquid.ts'
import { textsFor } from './locale.ts'
import { renderMail } from './mail.ts'
import { parseMarkdown } from './markdown.ts'
import { linesOf } from './message-lines.ts'
import type { Dialect } from './print.ts'
import { oneLine } from './visible.ts'

export interface RendererOptions {
  /** The hub's own address; only a mail's footer and `instance.url` lead there. */
  baseUrl: string
  /** Paths in links lead below it; without one they are left out: the hub has no such pages. */
  applicationUrl?: string | null
  /** The hub's name in mails. */
  instance: { name: string }
}

/** Renders messages. Pure except for caches; throws `RenderError`. */
export function createRenderer({ baseUrl, applicationUrl, instance }: RendererOptions) {
  const base = applicationUrl ?? undefined
  const house = { name: instance.name, url: baseUrl }

  function draft(input: Omit<RenderInput, 'format' | 'limits'>): Draft {
    const { event, eventType, recipient } = input
    const look = textsFor(eventType, input.channel, recipient.locale)
    const reader = { locale: recipient.locale ?? look.locale, timezone: recipient.timezone ?? 'UTC' }
    const scope = scopeOf(input, house)
    const by = (name: keyof TemplateTexts, { trusting }: { trusting?: true }) => (look.own.has(name) && !trusting ? 'channel' : 'author')
    const line = (name: keyof TemplateTexts, source: string) => {
      const sealed = renderSealed(source, scope, reader)
      return { plain: plainLine(sealed), parts: (): Line => lineOf(sealed, by(name, sealed)) }
    }
    const body = (source: string): Block[] => {
      const sealed = renderSealed(source, scope, reader)
      return parseMarkdown(sealed, base, by('body', sealed))
    }
    const link = (source: string) => safeLink(renderLine(source, scope, reader), base)
    const url = look.url === undefined ? null : link(look.url)
    const target = url ?? (event.url === null ? null : safeLink(event.url, base))
    const image = look.image === undefined ? null : link(look.image)
    // The subject is used for a missing title; on mail it is the title.
    const titled = (input.channel === 'email' ? (look.subject ?? look.title) : look.title) ?? look.subject
    const written = look.body !== undefined || look.html !== undefined || titled !== undefined
    const title = titled === undefined ? NO_LINE : line(look.title === titled ? 'title' : 'subject', titled)
    const actions = (look.actions ?? []).flatMap(({ label, url: to }) => {
      const action = { label: line('actions', label), url: link(to) }
      return action.url === null || action.label.plain === '' ? [] : [{ label: action.label, url: action.url }]
    })
    const fields = (look.fields ?? []).flatMap(({ label, value }) => {
      const field = { label: line('fields', label), value: line('fields', value) }
      return field.label.plain === '' || field.value.plain === '' ? [] : [field]
    })
    return {
      look,
      scope,
      reader,
      instance: house.name,
      title: title.plain || oneLine(eventType.name),
      blocks: look.body !== undefined ? body(look.body) : written ? [] : dataList(eventType, event.data),
      ...(target === null ? {} : { url: target }),
      ...(image === null ? {} : { image }),
      actions: actions.map(({ label, url: to }) => ({ label: label.plain, url: to })),
      fields: fields.map(({ label, value }) => ({ label: label.plain, value: value.plain })),
      lines: () => ({
        title: title.plain === '' ? lineOfData(oneLine(eventType.name)) : title.parts(),
        actions: actions.map(({ label }) => label.parts()),
        fields: fields.map(({ label, value }) => ({ label: label.parts(), value: value.parts() })),
      }),
    }
  }

  return {
    /** Every text final, in the channel's dialect and within its limits. */
    message(input: RenderInput): Message {
      const { without } = input.limits
      const made = without !== undefined && input.channel !== 'email' ? draftWithout(without, draft(input)) : draft(input)
      return input.channel === 'email' ? renderMail(input, made, house, base) : finish(input, made)
    },

    /** The inbox texts. */
    inbox(input: Omit<RenderInput, 'channel' | 'format' | 'limits'> & { format?: Format }): InboxTexts {
      const { title, blocks, actions, url } = draft({ ...input, channel: 'in_app' })
      return { title, body: fit(blocks, dialects[input.format ?? 'text'], undefined), actions, ...(url === undefined ? {} : { url }) }
    },
  }
}

const NO_LINE = { plain: '', parts: (): Line => [] }

export type Renderer = ReturnType<typeof createRenderer>

function scopeOf({ event, recipient }: Pick<RenderInput, 'event' | 'recipient'>, house: { name: string; url: string }): Scope {
  const { id, name, email, locale, timezone, data = {} } = recipient
  return {
    data: event.data,
    user: { id: id ?? null, name: name ?? '', email: email ?? null, locale: locale ?? null, timezone: timezone ?? null, data },
    event: { id: event.id, type: event.type, createdAt: toIso(event.createdAt) },
    url: event.url ?? '',
    instance: house,
  }
}

/** Everything around the body first: what it takes of the vendor's room is not left for the body. */
function finish(input: RenderInput, made: Draft): Message {
  const { format } = input
  const limits = placesOf(input.limits)
  const { unit } = limits
  const plain = dialects[format].announced === true && !hasMarkup(made.blocks)
  const dialect: Dialect = plain ? dialects.text : dialects[format]
  const behind = format === 'json' ? [] : withoutAPlace(made, limits)
  const around = {
    ...common(input, made),
    ...(plain ? { plain: true as const } : {}),
    ...linesOf(made, format, limits),
  }
  const taken = (text: string, body: string) => limits.fits?.({ ...around, body, text }) ?? true
  if (format === 'text' || plain) {
    const body = fitAround(made.blocks, behind, dialect, limits.body, unit, (text) => taken(text, text))
    return { ...around, body, text: body }
  }
  // Plain text has no tags to be left out of the count.
  const text = fitAround(made.blocks, behind, dialects.text, limits.body, unit === 'visible' ? 'chars' : unit)
  return { ...around, body: fitAround(made.blocks, behind, dialect, limits.body, unit, (body) => taken(text, body)), text }
}

/** A vendor that refused the fields has no place for them. */
function placesOf(limits: RenderInput['limits']): RenderInput['limits'] {
  if (limits.without?.includes('fields') !== true) return limits
  const { fields: _, ...rest } = limits
  return rest
}

/** Fields and buttons for a vendor that has neither: a list and links below the body. */
function withoutAPlace({ fields, actions, lines: given }: Draft, limits: RenderInput['limits']): Block[] {
  const blocks: Block[] = []
  const [withFields, withActions] = [limits.fields === undefined && fields.length > 0, limits.actions === undefined && actions.length > 0]
  if (!withFields && !withActions) return blocks
  const lines = given()
  if (withFields)
    blocks.push({
      kind: 'list',
      start: null,
      items: lines.fields.map(({ label, value }): Block[] => [{ kind: 'paragraph', inner: [...label, { kind: 'text', text: ': ' }, ...value] }]),
    })
  if (withActions)
    blocks.push({
      kind: 'list',
      start: null,
      items: actions.map(({ url }, i): Block[] => [{ kind: 'paragraph', inner: [{ kind: 'link', href: url, inner: lines.actions[i] ?? [] }] }]),
    })
  return blocks
}
