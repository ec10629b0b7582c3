import { NO_APPLICATION_URL } from '../domain/application-url.ts'
import type { EventType, Templates, TemplateTexts } from '../domain/event-type.ts'
import { type JsonObject, pointerStep } from '../domain/json.ts'
import { quoted, quotedWords } from '../domain/quoted.ts'
import type { FieldError } from '../errors.ts'
import { dedupProblem } from './dedup-key.ts'
import { html } from './dialects/html.ts'
import { htmlOverride } from './html-override.ts'
import { safeLink } from './links.ts'
import { globalsOf, MAX_SOURCE, renderLine, renderSealed, SCOPE_NAMES, type Scope } from './liquid.ts'
import { parseMarkdown } from './markdown.ts'
import { print } from './print.ts'

/** Every text of an event type that is Liquid. */
export type Texts = Pick<EventType, 'templates' | 'dedup'>

const READER = { locale: 'en', timezone: 'UTC' }
const known = new Set<string>(SCOPE_NAMES)

export interface TemplateRules {
  /** False: links that are paths are refused, because the hub does not know where the application is. */
  paths?: boolean
}

/** Checks all of them. Pointers begin at the event type (`/templates/default/body`, `/dedup`). Use `tryTexts` for anything a person typed. */
export function checkTexts({ templates, dedup }: Texts, sample: JsonObject = {}, rules: TemplateRules = {}): FieldError[] {
  const wrong = checkTemplates(templates, sample, rules).map(({ pointer, message }) => ({ pointer: `/templates${pointer}`, message }))
  const message = dedup === undefined ? null : dedupProblem(dedup, sample)
  return message === null ? wrong : [...wrong, { pointer: '/dedup', message }]
}

/**
 * Checks an event type's templates: parses each, checks its variable names, and renders it once with the sample, using the code that
 * renders real messages. Pointers begin at the templates (`/default/body`). Hostile templates can stall or exhaust this process.
 */
export function checkTemplates(templates: Templates, sample: JsonObject = {}, { paths = true }: TemplateRules = {}): FieldError[] {
  const scope: Scope = {
    data: sample,
    user: { id: 'sample', name: 'Sample', email: 'sample@example.com', locale: 'en', timezone: 'UTC', data: {} },
    event: { id: 'evt_sample', type: 'sample', createdAt: '2026-01-01T00:00:00.000Z' },
    url: 'https://example.com/',
    instance: { name: 'Carillon', url: 'https://example.com/' },
  }
  return textsOf(templates).flatMap(({ pointer, source, use }) => {
    const message = problem(source, use, scope) ?? (paths ? null : pathProblem(source, use, scope))
    return message === null ? [] : [{ pointer, message }]
  })
}

type Use = 'line' | 'link' | 'body' | 'html'

function problem(source: string, use: Use, scope: Scope): string | null {
  if (source.length > MAX_SOURCE) return `A template has at most ${MAX_SOURCE} characters; this one has ${source.length}`
  try {
    const stranger = globalsOf(source).find((name) => !known.has(name))
    if (stranger !== undefined)
      return `Nothing is called \`${quoted(stranger)}\` here; there are ${SCOPE_NAMES.join(', ')}. What the application sent is in \`data\``
    if (use === 'line') renderLine(source, scope, READER)
    else if (use === 'link') return linkProblem(source, renderLine(source, scope, READER))
    else if (use === 'html') htmlOverride(renderSealed(source, scope, READER))
    else print(parseMarkdown(renderSealed(source, scope, READER)), html)
    return null
  } catch (error) {
    return quotedWords(error instanceof Error ? error.message : String(error))
  }
}

/** A link without data is judged as it is; what data makes of another one is seen when a message is rendered. */
const linkProblem = (source: string, link: string): string | null =>
  source.includes('{') || link === '' || safeLink(link, ANYWHERE) !== null
    ? null
    : 'must be an absolute http(s) URL, or a path of your application that begins with one /'

/** Stands for the application: a link that is a path becomes one below it. */
const ANYWHERE = 'https://application.invalid'
/** How a link that is a path begins in a source. Beside `{{ data.base }}/x`, which a sample without data would make a path too. */
const PATHS: Record<Use, RegExp> = {
  line: /(?!)/,
  link: /^\s*\//,
  body: /\]\(\s*<?\/(?!\/)|\]:\s*\/(?!\/)/,
  html: /\b(?:href|src|action)\s*=\s*["']?\/(?!\/)/i,
}

function pathProblem(source: string, use: Use, scope: Scope): string | null {
  return PATHS[use].test(source) || (Object.keys(scope.data).length > 0 && printed(source, use, scope).includes(ANYWHERE)) ? NO_APPLICATION_URL : null
}

function printed(source: string, use: Use, scope: Scope): string {
  if (use === 'line') return ''
  if (use === 'link') return safeLink(renderLine(source, scope, READER), ANYWHERE) ?? ''
  const sealed = renderSealed(source, scope, READER)
  return use === 'html' ? htmlOverride(sealed, ANYWHERE) : print(parseMarkdown(sealed, ANYWHERE), html)
}

interface Text {
  pointer: string
  source: string
  use: Use
}

function textsOf(templates: Templates): Text[] {
  const { locales = {}, ...channels } = templates
  const looks: [string, TemplateTexts][] = []
  // `locales` is removed above, so the rest of the index signature are texts.
  for (const [channel, texts] of Object.entries(channels)) if (texts) looks.push([`/${pointerStep(channel)}`, texts as TemplateTexts])
  for (const [locale, byChannel] of Object.entries(locales))
    for (const [channel, texts] of Object.entries(byChannel)) looks.push([`/locales/${pointerStep(locale)}/${pointerStep(channel)}`, texts])
  return looks.flatMap(([pointer, texts]) => textsOfLook(pointer, texts))
}

function textsOfLook(pointer: string, { body, html: page, actions = [], fields = [], ...lines }: TemplateTexts): Text[] {
  const found: Text[] = []
  const add = (name: string, source: string | undefined, use: Use) => source !== undefined && found.push({ pointer: `${pointer}/${name}`, source, use })
  for (const [name, source] of Object.entries(lines)) add(name, source, name === 'url' || name === 'image' ? 'link' : 'line')
  add('body', body, 'body')
  add('html', page, 'html')
  for (const [i, { label, url }] of actions.entries()) {
    add(`actions/${i}/label`, label, 'line')
    add(`actions/${i}/url`, url, 'link')
  }
  for (const [i, { label, value }] of fields.entries()) {
    add(`fields/${i}/label`, label, 'line')
    add(`fields/${i}/value`, value, 'line')
  }
  return found
}
