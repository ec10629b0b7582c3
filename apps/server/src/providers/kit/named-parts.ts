import type { OptionalPart } from '../../domain/message.ts'
import type { Http, HttpResponse, PartNames } from './contract.ts'

/** So much of an answer is read: vendors name the part in the first lines. */
const READ = 16_384
const LINES = 200
const DEPTH = 12
const LINE = 300

/**
 * An answer as lines. Of JSON each value is a line with its path, `errors.embeds.0.url._errors.0.message = Not a well formed URL.`; any other text is
 * its own lines.
 */
export function linesIn(text: string): string[] {
  const lines: string[] = []
  const add = (line: string) => {
    if (lines.length < LINES) lines.push(line.slice(0, LINE))
  }
  const walk = (value: unknown, path: string, depth: number) => {
    if (typeof value !== 'object' || value === null) add(`${path} = ${String(value)}`)
    else if (depth < DEPTH && lines.length < LINES)
      for (const [name, inner] of Object.entries(value)) walk(inner, path === '' ? name : `${path}.${name}`, depth + 1)
  }
  const parsed = parse(text)
  if (typeof parsed === 'object' && parsed !== null) walk(parsed, '', 0)
  else for (const line of text.slice(0, READ).split('\n')) add(line)
  return lines
}

/** A longer answer is no JSON any more, and read as text. */
function parse(text: string): unknown {
  try {
    return JSON.parse(text.slice(0, READ))
  } catch {
    return undefined
  }
}

/** The parts of a message that an answer names. */
export function partsNamed(names: PartNames, text: string): OptionalPart[] {
  const lines = linesIn(text)
  return PARTS.filter((part) => lines.some((line) => names[part]?.test(line) === true))
}

const PARTS: readonly OptionalPart[] = ['link', 'picture', 'buttons', 'fields', 'avatar']

/**
 * An `http` whose answers are remembered until the message was refused. Of several answers (one message to several places, one second try) those that
 * are errors count, else the last: vendors repeat the message in a success.
 */
export function listenTo(http: Http): { http: Http; named(names: PartNames): OptionalPart[] } {
  const refused: HttpResponse[] = []
  let last: HttpResponse | undefined
  return {
    http: {
      ...http,
      async request(url, request) {
        const response = await http.request(url, request)
        if (response.status >= 300) refused.push(response)
        last = response
        return response
      },
    },
    named(names) {
      const heard = refused.length > 0 ? refused : last === undefined ? [] : [last]
      const found = new Set(heard.flatMap(({ text }) => partsNamed(names, text)))
      return PARTS.filter((part) => found.has(part))
    },
  }
}
