import { counted } from '../domain/counted.ts'
import { didYouMean, nearest } from '../domain/nearest.ts'
import { quotedPointer } from '../domain/quoted.ts'
import type { FieldError } from '../errors.ts'
import { formatHint } from './format-hints.ts'
import { escapePointer } from './json-text.ts'

/** The part of an Ajv error that is read here. */
export interface AjvError {
  keyword: string
  instancePath: string
  schemaPath: string
  params: Record<string, unknown>
  /** The name of a field that the rules of `propertyNames` refused. */
  propertyName?: string | undefined
  message?: string | undefined
  parentSchema?: object | undefined
  /** The value that was given. */
  data?: unknown
}

export const isAjvErrors = (value: unknown): value is AjvError[] => Array.isArray(value) && value.length > 0

/** Of wrong shape (400), or well formed but not acceptable (422). */
const MALFORMED = new Set(['type', 'required', 'additionalProperties', 'anyOf', 'oneOf', 'const', 'propertyNames', 'false schema', 'spelling'])

/** Errors of one value that are read. A list of a megabyte has one or more for each entry, and every union is compared with every error. */
const MAX_READ = 300
/** Errors that are told: nobody reads more, and hostile input makes many. */
const MAX_SHOWN = 50
/** Errors with a word about what was probably meant: finding it costs more than saying what is wrong. */
const MAX_HINTED = 5

/** Ajv's errors as pointers and sentences that name the limit. `prefix` is the place of the value: nothing for a body, `/query`, … */
export function toFieldErrors(all: readonly AjvError[], prefix: string): { errors: FieldError[]; malformed: boolean } {
  const found = all.slice(0, MAX_READ)
  const shown = found.filter((error) => error.keyword !== 'if' && !saysNoMore(error, found)).filter(isShown(found))
  const chosen = shown.length > 0 ? shown : found
  return {
    errors: chosen.slice(0, MAX_SHOWN).map((error, i) => ({
      pointer: quotedPointer(prefix + pointerOf(error)),
      message: `${sentence(error)}${i < MAX_HINTED ? hintOf(error) : ''}`,
    })),
    malformed: chosen.some(({ keyword }) => MALFORMED.has(keyword)),
  }
}

/** A refused name is reported twice: with the rule that it breaks, and as a name that is not allowed. */
const saysNoMore = ({ keyword, params }: AjvError, found: readonly AjvError[]): boolean =>
  keyword === 'propertyNames' && found.some(({ propertyName }) => propertyName !== undefined && propertyName === params['propertyName'])

/**
 * A union reports one error per branch. When one branch was clearly meant (its required fields are there and the type is right)
 * only its error is shown; otherwise only the union's own.
 */
function isShown(found: readonly AjvError[]): (error: AjvError) => boolean {
  const unions = found.filter(({ keyword }) => keyword === 'anyOf').map((union) => ({ union, meant: meantBranch(found, union) }))
  if (unions.length === 0) return () => true
  return (error) =>
    unions.every(({ union, meant }) => {
      if (error === union) return meant === null
      const branch = branchOf(error, union)
      return branch === null || branch === meant
    })
}

function meantBranch(found: readonly AjvError[], union: AjvError): string | null {
  const branches = new Map<string, boolean>()
  for (const error of found) {
    const branch = branchOf(error, union)
    if (branch === null) continue
    const elsewhere = error.instancePath === union.instancePath && (error.keyword === 'type' || error.keyword === 'required')
    branches.set(branch, (branches.get(branch) ?? true) && !elsewhere)
  }
  const meant = [...branches].filter(([, was]) => was)
  return meant.length === 1 ? meant[0]![0] : null
}

/** The branch of the union that an error comes from; null when it comes from none. */
function branchOf(error: AjvError, union: AjvError): string | null {
  const start = `${union.schemaPath}/`
  if (error === union || !error.schemaPath.startsWith(start) || !error.instancePath.startsWith(union.instancePath)) return null
  return error.schemaPath.slice(start.length).split('/', 1)[0] ?? null
}

function pointerOf({ keyword, instancePath, params, propertyName }: AjvError): string {
  if (propertyName !== undefined) return `${instancePath}/${escapePointer(propertyName)}`
  if (keyword === 'required') return `${instancePath}/${escapePointer(String(params['missingProperty']))}`
  if (keyword === 'additionalProperties') return `${instancePath}/${escapePointer(String(params['additionalProperty']))}`
  if (keyword === 'propertyNames') return `${instancePath}/${escapePointer(String(params['propertyName']))}`
  return instancePath
}

function sentence({ keyword, params, message, parentSchema, data }: AjvError): string {
  const limit = params['limit']
  switch (keyword) {
    case 'required':
      return 'is required'
    case 'additionalProperties':
      return 'is not a known field'
    case 'type':
      return `must be ${[params['type']].flat().join(' or ')}`
    case 'enum':
      return `must be one of ${listed(params['allowedValues'])}`
    case 'const':
      return `must be ${JSON.stringify(params['allowedValue'])}`
    case 'maxLength':
      return `is longer than the limit of ${counted(Number(limit), 'character')}`
    case 'minLength':
      return limit === 1 ? 'must not be empty' : `must have at least ${counted(Number(limit), 'character')}`
    case 'maxItems':
      return `has more entries than the limit of ${limit}`
    case 'minItems':
      return `must have at least ${counted(Number(limit), 'entry', 'entries')}`
    case 'maxProperties':
      return `has more fields than the limit of ${limit}`
    case 'maximum':
      return `is above the limit of ${limit}`
    case 'minimum':
      return `is below the limit of ${limit}`
    case 'uniqueItems':
      return 'repeats an entry'
    case 'format':
      return FORMATS[String(params['format'])] ?? `is not a valid ${String(params['format'])}`
    case 'pattern':
      return formOf(parentSchema ?? {}, data)
    case 'propertyNames':
      return 'is not allowed as a name here'
    case 'anyOf':
      return descriptionOf(parentSchema) ?? typesOf(parentSchema) ?? 'fits none of the allowed shapes'
    default:
      return message ?? 'is not acceptable'
  }
}

/** What was probably meant, behind the sentence; empty where nothing is near. */
function hintOf({ keyword, params, parentSchema, data }: AjvError): string {
  if (keyword === 'additionalProperties') return didYouMean(String(params['additionalProperty']), namesOf(parentSchema))
  if (keyword === 'required') return sentInstead(String(params['missingProperty']), parentSchema, data)
  if (keyword === 'enum') return nearValue(data, params['allowedValues'])
  return keyword === 'format' ? formatHint(String(params['format']), data) : ''
}

/** The expected form, in words; the pattern is never shown. A description is a rule or, in a provider’s form, the help beside the field. */
function formOf(schema: object, given: unknown): string {
  const description = descriptionOf(schema)
  if (description?.startsWith('must ')) return description
  if (typeof given === 'string' && /\p{Cc}/u.test(given)) return 'must not hold a line break or another control character'
  const blank = typeof given === 'string' && given !== given.trim() ? ' (it begins or ends with a blank)' : ''
  const example: unknown = 'examples' in schema && Array.isArray(schema.examples) ? schema.examples[0] : undefined
  const such = typeof example === 'string' ? `, such as ${example}` : ''
  return `does not have the right form${blank}${such}${description === undefined ? '' : `: ${description}`}`
}

const descriptionOf = (schema: object | undefined): string | undefined =>
  schema !== undefined && 'description' in schema && typeof schema.description === 'string' ? schema.description : undefined

/** Names of fields that are compared with one that is not known; a schema may have thousands. */
const MAX_COMPARED = 200

const namesOf = (schema: object | undefined): string[] =>
  schema !== undefined && 'properties' in schema ? Object.keys(schema.properties ?? {}).slice(0, MAX_COMPARED) : []

/** A required field that came under a slightly other name is reported as missing, before the other name is. */
function sentInstead(missing: string, schema: object | undefined, given: unknown): string {
  if (typeof given !== 'object' || given === null) return ''
  const known = new Set(namesOf(schema))
  const strangers = Object.keys(given).filter((name) => !known.has(name))
  const near = nearest(missing, strangers.slice(0, MAX_COMPARED))
  return near === null ? '' : ` (you sent ${near})`
}

/** Of a few values each is seen at once. */
const FEW = 6

const nearValue = (given: unknown, allowed: unknown): string =>
  typeof given === 'string' && Array.isArray(allowed) && allowed.length > FEW
    ? didYouMean(
        given,
        allowed.filter((one) => typeof one === 'string'),
      )
    : ''

/** A union of plain types, as of a field that may be null; null for any other. */
function typesOf(schema: object | undefined): string | null {
  const branches: unknown = schema !== undefined && 'anyOf' in schema ? schema.anyOf : null
  if (!Array.isArray(branches)) return null
  const types = branches.map((branch: unknown) => (typeof branch === 'object' && branch !== null && 'type' in branch ? branch.type : null))
  return types.every((type) => typeof type === 'string') ? `must be ${[...new Set(types)].join(' or ')}` : null
}

const FORMATS: Record<string, string> = {
  'date-time': 'must be a date and time with offset (RFC 3339), e.g. 2026-05-01T08:00:00+02:00, and exist in the calendar',
  email: 'must be one mail address without a display name, at most 254 characters',
  'http-url': 'must be an absolute http or https URL without user info',
  link: 'must be an absolute http or https URL without user info, or a path of your application that begins with one /',
  timezone: 'must be an IANA time zone, e.g. Europe/Zurich',
  locale: 'must be a BCP 47 language tag, e.g. fr-CA',
}

/** Values that a sentence lists; a schema may have thousands. */
const MAX_LISTED = 50

function listed(values: unknown): string {
  if (!Array.isArray(values)) return String(values)
  const first = values.slice(0, MAX_LISTED).map((value) => JSON.stringify(value))
  return values.length > MAX_LISTED ? `${first.join(', ')} or ${values.length - MAX_LISTED} others` : first.join(', ')
}
