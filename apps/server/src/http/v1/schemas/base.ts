import { type Static, type TSchema, type TSchemaOptions, Type } from 'typebox'
import type { JsonObject } from '../../../domain/json.ts'

/** An object that refuses unknown fields. */
export const Strict = <T extends Record<string, TSchema>>(properties: T, options: TSchemaOptions = {}) =>
  Type.Object(properties, { additionalProperties: false, ...options })

/** A schema that OpenAPI shows under its own name. */
export const shared: TSchema[] = []
export function named<T extends TSchema>(id: string, schema: T) {
  const whole = Object.assign(schema, { $id: id })
  shared.push(whole)
  return Type.Unsafe<Static<T>>({ $ref: `${id}#` })
}

export const Nullable = <T extends TSchema>(schema: T) => Type.Union([schema, Type.Null()])
export const OneOf = <const T extends readonly string[]>(values: T) => Type.Unsafe<T[number]>({ type: 'string', enum: [...values] })
export const Optional = Type.Optional

/** `data` and forms: any JSON object, whose content is checked elsewhere. */
export const AnyObject = Type.Unsafe<JsonObject>({ type: 'object', additionalProperties: true })
export const Flags = Type.Record(Type.String(), Type.Boolean())

const noControls = '^[^\\u0000-\\u001f\\u007f-\\u009f]*$'
/** One line: a text that is used in a header or a subject must not hold CR, LF or any other control character. */
export const Line = (maxLength: number, minLength = 1) =>
  Type.String({ minLength, maxLength, pattern: noControls, description: 'must be one line without control characters' })

export const UserId = Type.String({
  minLength: 1,
  maxLength: 128,
  pattern: '^(?!adr_|con_)[^\\u0000-\\u001f\\u007f-\\u009f]*$',
  description: 'must be a user id: 1-128 characters, none of them a control character, not beginning with adr_ or con_',
})
/** Keys of event types, topics, channels and categories. */
export const Key = Type.String({
  minLength: 1,
  maxLength: 128,
  pattern: '^[A-Za-z0-9][A-Za-z0-9._:-]*$',
  description: 'must be a key: letters, digits and . _ : -, beginning with a letter or digit',
})
export const Email = Type.String({ format: 'email', maxLength: 254 })
export const Locale = Type.String({ format: 'locale', maxLength: 35 })
export const Timezone = Type.String({ format: 'timezone', maxLength: 64 })
export const DateTime = Type.String({ format: 'date-time', maxLength: 40 })
export const Link = Type.String({
  format: 'link',
  maxLength: 2048,
  description: 'An absolute http(s) URL, or a path below CARILLON_APPLICATION_URL such as /orders/5',
})
export const Text = Type.String()
export const Count = Type.Integer()
/** A time in a response; null = not yet, or never. */
export const Moment = Nullable(Type.String({ format: 'date-time' }))

export const PageQuery = {
  limit: Type.Optional(Type.Integer({ minimum: 1, maximum: 200 })),
  cursor: Type.Optional(Type.String({ minLength: 1, maxLength: 1024 })),
}
/** A list of one period: from `since` on, and before `until`. */
export const PeriodQuery = { since: Optional(DateTime), until: Optional(DateTime) }
export const PageOf = <T extends TSchema>(item: T) => Strict({ items: Type.Array(item), nextCursor: Nullable(Text) })
export const NoContent = Type.Unsafe<null | undefined>({ type: 'null', description: 'Done; nothing to say' })
