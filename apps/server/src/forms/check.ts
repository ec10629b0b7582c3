import type { JsonObject } from '../domain/json.ts'
import type { NamedBy } from '../domain/named-by.ts'
import { CarillonError, type FieldError } from '../errors.ts'
import { createFormCheck } from './form-check.ts'
import { asMeant } from './pasted.ts'

/** Returns why this URL may not be called, in words for whoever named it; null when it may. */
export type CheckAddress = (url: string, namedBy: NamedBy) => Promise<string | null>

/** One half of a provider's form: its schema, and the rules that a schema cannot express (pointers begin with the half: `/settings/…`, `/destination/…`). */
export interface Form {
  schema: object
  rules(value: JsonObject): FieldError[]
  /** Who named an address in it; absent = an application or an operator, who named them all. */
  namedBy?(address: string, value: JsonObject): NamedBy
}

/** A form that may be saved: with its defaults, and the warnings that an operator has to confirm. */
export interface Checked {
  value: JsonObject
  warnings: FieldError[]
}

/** Checks the forms of providers, as their authors meant them (`pasted.ts`): shape, the provider's own rules, and whether the addresses in them may be called at all. */
export function createForms(checkAddress: CheckAddress) {
  const check = createFormCheck()
  return async function checked(form: Form, given: JsonObject, prefix: string): Promise<Checked> {
    const value = asMeant(form.schema, structuredClone(given))
    const malformed = check(form.schema, value, prefix)
    const problems =
      malformed.length > 0
        ? malformed
        : alsoPorts(
            value,
            prefix,
            form.rules(value).map((problem) => ({ ...problem, pointer: below(prefix, problem.pointer) })),
          )
    const warnings = problems.filter(isWarning)
    const errors = problems.filter((problem) => !isWarning(problem))
    if (errors[0]) throw new CarillonError('invalid_field', { detail: `${errors[0].pointer} ${errors[0].message}`, errors: [...errors, ...warnings] })
    const mentioned = mentionedIn(form.schema, prefix)
    for (const [pointer, url] of addressesIn(value, prefix)) {
      if (mentioned.has(pointer)) continue
      const namedBy = form.namedBy?.(url, value) ?? 'application'
      const refusal = await checkAddress(url, namedBy)
      if (refusal === null) continue
      // What a person reads names no address, so it is about the field.
      const detail = namedBy === 'person' ? `${pointer} ${refusal}` : refusal
      throw new CarillonError('address_not_allowed', { detail, errors: [{ pointer, message: refusal }] })
    }
    return { value, warnings }
  }
}

/** The fields whose address is passed on and never called. */
function mentionedIn(schema: object, prefix: string): ReadonlySet<string> {
  const fields: [string, unknown][] = 'properties' in schema ? Object.entries(schema.properties ?? {}) : []
  return new Set(fields.flatMap(([name, field]) => (typeof field === 'object' && field !== null && 'x-mentioned' in field ? [`${prefix}/${name}`] : [])))
}

/** No server listens on port 0, and none has a port above 65535. A field that is wrong for another reason is not named twice. */
function alsoPorts(value: JsonObject, prefix: string, known: FieldError[]): FieldError[] {
  const wrong = [...addressesIn(value, prefix)].flatMap(([pointer, url]) => {
    const port = PORT.exec(url)?.[1]
    return port === undefined || (Number(port) >= 1 && Number(port) <= 65_535) ? [] : [{ pointer, message: 'must have a port from 1 to 65535' }]
  })
  return [...known, ...wrong.filter(({ pointer }) => !known.some((problem) => problem.pointer === pointer && !isWarning(problem)))]
}

/** The port at the end of the authority. */
const PORT = /^[^:/?#]+:\/\/[^/?#]*:(\d+)(?:[/?#]|$)/

const isWarning = ({ severity }: FieldError): boolean => severity === 'warning'
const below = (prefix: string, pointer: string): string => prefix + pointer.replace(/^\/(settings|destination)/, '')

/** Puts the pointers of a refusal below the field in which the form stands. */
export function within<T>(prefix: string, run: () => T): T {
  try {
    return run()
  } catch (error) {
    if (!(error instanceof CarillonError)) throw error
    const errors = error.errors.map(({ pointer, message }) => ({ pointer: prefix + pointer, message }))
    throw new CarillonError(error.code, { detail: errors[0] ? `${errors[0].pointer} ${errors[0].message}` : error.message, errors })
  }
}

/** Both halves of a form: the errors of both are reported at once. */
export async function both<A, B>(one: Promise<A>, other: Promise<B>): Promise<[A, B]> {
  const results = await Promise.allSettled([one, other])
  const refusals = results.flatMap((result) => (result.status === 'rejected' && result.reason instanceof CarillonError ? [result.reason] : []))
  const [first] = refusals
  if (first) throw new CarillonError(first.code, { detail: first.message, errors: refusals.flatMap(({ errors }) => errors) })
  return Promise.all([one, other])
}

export type CheckForm = ReturnType<typeof createForms>

/** Every value that begins like an address (also `ntfys://`), anywhere in the form; a mail server is named in two fields. */
export function* addressesIn(value: unknown, pointer: string): Generator<[pointer: string, url: string]> {
  if (typeof value === 'string' && /^[a-z][a-z0-9+.-]*:\/\//i.test(value)) yield [pointer, value]
  else if (typeof value === 'object' && value !== null) {
    if ('host' in value && 'port' in value) {
      const host = String(value.host).replace(/^\[|\]$/g, '')
      yield [`${pointer}/host`, `smtp://${host.includes(':') ? `[${host}]` : host}:${value.port}`]
    }
    for (const [key, member] of Object.entries(value)) yield* addressesIn(member, `${pointer}/${key}`)
  }
}
