import { type TSchemaOptions, Type } from 'typebox'

/** How to render a field where its type does not determine it. docs/forms.md describes each. */
export type Widget = 'email' | 'headers' | 'multi-select' | 'password' | 'select' | 'tags' | 'textarea' | 'url'

/** One entry of a list to choose from. */
export interface Option {
  value: string
  label: string
  /** Distinguishes it from others with the same label. */
  hint?: string
}

/** The keywords of every field, from which a user interface renders the form. docs/forms.md describes each. */
export interface FieldOptions extends TSchemaOptions {
  title: string
  description?: string
  /** Belongs under "more settings". */
  'x-advanced'?: boolean
  /** Concerns events of this category only: shown while an event type of it is registered, or while it has a value. */
  'x-category'?: string
  /** Shown only while it has a value; the hub generates it. */
  'x-hidden'?: boolean
  'x-widget'?: Widget
  /** The live list from which it is chosen. */
  'x-live'?: string
  /** An address that is sent and that the hub never calls: the outbound guard does not judge it. */
  'x-mentioned'?: true
  /** Where to find or create its value. */
  'x-link'?: { label: string; url: string }
}

/** One line of text. */
export const text = (options: FieldOptions & { maxLength?: number; minLength?: number; pattern?: string }) =>
  Type.String({ maxLength: 1024, minLength: 1, pattern: '^[^\\u0000-\\u001f\\u007f]*$', ...options })

/** Encrypted at rest, shown as `********`, kept when sent back, never logged. */
export const secret = (options: FieldOptions & { maxLength?: number; pattern?: string }) =>
  Type.String({ maxLength: 4096, minLength: 1, pattern: '^[^\\u0000-\\u001f\\u007f]*$', 'x-widget': 'password', ...options, 'x-secret': true })

/** An absolute http(s) URL without user info; `check` validates the rest. */
export const url = (options: FieldOptions) => Type.String({ format: 'http-url', maxLength: 2048, 'x-widget': 'url', ...options })

/** A URL that is a secret (an incoming webhook). */
export const secretUrl = (options: FieldOptions) => Type.String({ format: 'http-url', maxLength: 2048, 'x-widget': 'password', ...options, 'x-secret': true })

/** One mail address (RFC 5321 addr-spec, no display name, no control characters). */
export const email = (options: FieldOptions) => Type.String({ format: 'email', maxLength: 254, 'x-widget': 'email', ...options })

/** One of a few values; each with its label. */
export const oneOf = <const T extends Record<string, string>>(labels: T, options: FieldOptions & { default?: keyof T & string }) =>
  Type.Unsafe<keyof T & string>({
    type: 'string',
    enum: Object.keys(labels),
    'x-widget': 'select',
    'x-options': Object.entries(labels).map(([value, label]): Option => ({ value, label })),
    ...options,
  })
