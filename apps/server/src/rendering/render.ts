import type { Action, Message } from '../domain/message.ts'
import { toIso } from '../domain/time.ts'
import { dataList } from './default-look.ts'
import { dialects, type Format } from './dialects/index.ts'
import { type Block, paragraph } from './document.ts'
import { bareDraft, common, type Draft, type InboxTexts, type RenderInput } from './draft.ts'
import { fit, fitAround, fitLine } from './fit.ts'
import { safeLink } from './links.ts'
import { renderLine, renderSealed, type Scope } from './liquid.ts'
import { textsFor } from './locale.ts'
import { renderMail } from './mail.ts'
import { parseMarkdown } from './markdown.ts'
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
    const line = (source: string) => renderLine(source, scope, reader)
    const link = (source: string) => safeLink(line(source), base)
    const url = look.url === undefined ? null : link(look.url)
    const target = url ?? (event.url === null ? null : safeLink(event.url, base))
    const image = look.image === undefined ? null : link(look.image)
    // The subject is used for a missing title; on mail it is the title.
    const titled = (input.channel === 'email' ? (look.subject ?? look.title) : look.title) ?? look.subject
    const written = look.body !== undefined || look.html !== undefined || titled !== undefined
    return {
      look,
      scope,
      reader,
      instance: house.name,
      title: (titled === undefined ? '' : line(titled)) || oneLine(eventType.name),
      blocks: look.body !== undefined ? parseMarkdown(renderSealed(look.body, scope, reader), base) : written ? [] : dataList(eventType, event.data),
      ...(target === null ? {} : { url: target }),
      ...(image === null ? {} : { image }),
      actions: (look.actions ?? []).flatMap(({ label, url: to }) => {
        const action = { label: line(label), url: link(to) }
        return action.url === null || action.label === '' ? [] : [{ label: action.label, url: action.url }]
      }),
      fields: (look.fields ?? []).flatMap(({ label, value }) => {
        const field = { label: line(label), value: line(value) }
        return field.label === '' || field.value === '' ? [] : [field]
      }),
    }
  }

  return {
    /** Every text final, in the channel's dialect and within its limits. */
    message(input: RenderInput): Message {
      const made = input.limits.bare && input.channel !== 'email' ? bareDraft(draft(input)) : draft(input)
      return input.channel === 'email' ? renderMail(input, made, house, base) : finish(input, made)
    },

    /** The inbox texts. */
    inbox(input: Omit<RenderInput, 'channel' | 'format' | 'limits'> & { format?: Format }): InboxTexts {
      const { title, blocks, actions, url } = draft({ ...input, channel: 'in_app' })
      return { title, body: fit(blocks, dialects[input.format ?? 'text'], undefined), actions, ...(url === undefined ? {} : { url }) }
    },
  }
}

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
  const { format, limits } = input
  const { unit, lengths = {} } = limits
  const dialect: Dialect = dialects[format]
  const markup = dialect.everywhere
  const behind = format === 'json' ? [] : withoutAPlace(made, limits)
  const line = (text: string, limit: number | undefined) =>
    markup ? fit([paragraph(text)], dialect, limit, unit) : fitLine(text, limit, unit === 'visible' ? 'chars' : unit)
  const button = ({ label, url }: Action): Action => ({ label: fitLine(label, lengths.button), url: markup?.address(url) ?? url })
  const around = {
    ...common(input, made),
    title: line(made.title, limits.title),
    actions: format === 'json' ? made.actions : made.actions.slice(0, limits.actions ?? 0).map(button),
    fields:
      format === 'json'
        ? made.fields
        : made.fields.slice(0, limits.fields ?? 0).map(({ label, value }) => ({ label: line(label, lengths.label), value: line(value, lengths.value) })),
  }
  const taken = (text: string, body: string) => limits.fits?.({ ...around, body, text }) ?? true
  if (format === 'text') {
    const body = fitAround(made.blocks, behind, dialect, limits.body, unit, (text) => taken(text, text))
    return { ...around, body, text: body }
  }
  // Plain text has no tags to be left out of the count.
  const text = fitAround(made.blocks, behind, dialects.text, limits.body, unit === 'visible' ? 'chars' : unit)
  return { ...around, body: fitAround(made.blocks, behind, dialect, limits.body, unit, (body) => taken(text, body)), text }
}

/** Fields and buttons for a vendor that has neither: a list and links below the body. */
function withoutAPlace({ fields, actions }: Draft, limits: RenderInput['limits']): Block[] {
  const blocks: Block[] = []
  if (limits.fields === undefined && fields.length > 0)
    blocks.push({ kind: 'list', start: null, items: fields.map(({ label, value }) => [paragraph(`${label}: ${value}`)]) })
  if (limits.actions === undefined && actions.length > 0)
    blocks.push({
      kind: 'list',
      start: null,
      items: actions.map(({ label, url }): Block[] => [{ kind: 'paragraph', inner: [{ kind: 'link', href: url, inner: [{ kind: 'text', text: label }] }] }]),
    })
  return blocks
}
