import type { Json, JsonObject } from '../domain/json.ts'
import { MASK, type SecretFields } from '../domain/secret-fields.ts'
import { SERVER_FIELDS } from '../domain/server-fields.ts'
import { invalidField } from '../errors.ts'
import { keepUrls } from '../security/url-secrets.ts'
import { within } from './check.ts'

/** The parts of a form's schema that are read here. */
interface FormSchema {
  properties?: { [field: string]: { default?: Json; 'x-hidden'?: boolean; 'x-secret'?: boolean } }
}

/** Both parts of a connection's form. */
export interface Halves {
  settings: JsonObject
  destination: JsonObject | null
}

/**
 * A form with every `********` replaced by the saved value, and with the values that the hub made itself; `stored` is null for a new form. Pointing
 * a connection at another server must not send the saved passwords there: when either half names another server than before, a kept secret is
 * refused as `invalid_field`.
 */
export function keepSecrets({ keep }: Pick<SecretFields, 'keep'>, schemas: Record<keyof Halves, FormSchema>, given: Halves, stored: Halves | null): Halves {
  const settings = withMade(schemas.settings, withUrls('/settings', given.settings, stored?.settings), stored?.settings ?? {})
  const destination = given.destination && withUrls('/destination', given.destination, stored?.destination)
  const whole = {
    settings: within('/settings', () => keep(schemas.settings, settings, stored?.settings ?? {})),
    destination: destination && within('/destination', () => keep(schemas.destination, destination, stored?.destination ?? {})),
  }
  refuseMoved(
    movedField(schemas.settings, whole.settings, stored?.settings ?? null) ?? movedField(schemas.destination, whole.destination, stored?.destination ?? null),
    maskIn(settings, '/settings') ?? maskIn(destination, '/destination'),
  )
  return whole
}

/** Callers who only read see the servers of URLs. A form that they pass on keeps the rest. */
const withUrls = (half: string, given: JsonObject, stored: JsonObject | null | undefined): JsonObject =>
  keepUrls(given, stored ?? {}, (pointer) => {
    throw invalidField(half + pointer, 'is masked, but nothing that is stored reads so; send it in full')
  })

/** A person does not type the values that the hub made (`x-hidden`), so a form that does not mention one keeps it. */
function withMade({ properties = {} }: FormSchema, given: JsonObject, stored: JsonObject): JsonObject {
  const made = Object.entries(stored).filter(([name]) => properties[name]?.['x-hidden'] && !Object.hasOwn(given, name))
  return { ...given, ...Object.fromEntries(made.map(([name, value]) => [name, properties[name]?.['x-secret'] ? MASK : value])) }
}

/** The same for a form of one half, a person's destination. Its pointers have no prefix. */
export function keepOwnSecrets({ keep }: Pick<SecretFields, 'keep'>, schema: FormSchema, given: JsonObject, stored: JsonObject | null): JsonObject {
  const whole = keep(schema, given, stored ?? {})
  refuseMoved(movedField(schema, whole, stored), maskIn(given, ''))
  return whole
}

function refuseMoved(moved: string | null, secret: string | null): void {
  if (moved !== null && secret !== null) throw invalidField(secret, `must be sent again, because \`${moved}\` changed`)
}

const movedField = (schema: FormSchema, now: JsonObject | null, stored: JsonObject | null): string | null =>
  now === null || stored === null ? null : (SERVER_FIELDS.find((field) => serverIn(schema, field, now) !== serverIn(schema, field, stored)) ?? null)

/** A missing server means the default, which is stored. Topics name a server only where they are the address of one. */
function serverIn({ properties }: FormSchema, field: (typeof SERVER_FIELDS)[number], form: JsonObject): string {
  const value = form[field] ?? properties?.[field]?.default ?? null
  if (field !== 'topic' && field !== 'topics') return JSON.stringify(value)
  return JSON.stringify([value].flat().filter((one) => typeof one === 'string' && URL.canParse(one)))
}

/** The pointer of the first mask. */
function maskIn(value: Json, pointer: string): string | null {
  if (value === MASK) return pointer
  if (typeof value !== 'object' || value === null) return null
  for (const [key, member] of Object.entries(value)) {
    const found = maskIn(member, `${pointer}/${key}`)
    if (found !== null) return found
  }
  return null
}
