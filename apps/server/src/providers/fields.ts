import { type TSchemaOptions, Type } from 'typebox'

/** What every field tells the operator: the console draws its form from these. */
export interface FieldOptions extends TSchemaOptions {
  title: string
  description?: string
  /** Behind "more settings". */
  'x-advanced'?: boolean
}

/** One line of text. */
export const text = (options: FieldOptions & { maxLength?: number; minLength?: number; pattern?: string }) =>
  Type.String({ maxLength: 1024, minLength: 1, pattern: '^[^\\u0000-\\u001f\\u007f]*$', ...options })

/** Encrypted at rest, shown as `********`, kept when sent back, never logged. */
export const secret = (options: FieldOptions & { maxLength?: number; pattern?: string }) =>
  Type.String({ maxLength: 4096, minLength: 1, pattern: '^[^\\u0000-\\u001f\\u007f]*$', ...options, 'x-secret': true })

/** An absolute http(s) URL without user info; `check` of the saving route refuses the rest. */
export const url = (options: FieldOptions) => Type.String({ format: 'http-url', maxLength: 2048, ...options })

/** A URL that is itself a secret (an incoming webhook). */
export const secretUrl = (options: FieldOptions) => Type.String({ format: 'http-url', maxLength: 2048, ...options, 'x-secret': true })

/** One mail address (RFC 5321 addr-spec, no display name, no control characters). */
export const email = (options: FieldOptions) => Type.String({ format: 'email', maxLength: 254, ...options })

export const oneOf = <const T extends string[]>(values: readonly [...T], options: FieldOptions & { default?: T[number] }) => Type.Enum(values, options)
