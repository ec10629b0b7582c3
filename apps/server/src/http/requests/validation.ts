import type { ValidateFunction } from 'ajv/dist/2020.js'
import type { FastifySchemaCompiler, FastifySchemaValidationError } from 'fastify'
import { createAjv } from '../../forms/ajv.ts'
import { escapePointer } from '../../forms/json-text.ts'
import type { App } from '../app.ts'

/** Bodies are typed and never coerced. Query strings and paths are text: each value that is to be something else is read by its one spelling. */
export function createValidatorCompiler(shared: object[]): FastifySchemaCompiler<object> {
  const ajv = createAjv({})
  for (const schema of shared) ajv.addSchema(schema)
  return ({ schema, httpPart }) => whenAsked(() => ajv.compile(schema), httpPart === 'body' ? () => [] : (values: unknown) => readTexts(schema, values))
}

/** Compiled on first use: all of them together take a third of a second at every start. */
function whenAsked(compile: () => ValidateFunction, read: (values: unknown) => FastifySchemaValidationError[]): ReturnType<FastifySchemaCompiler<object>> {
  let compiled: ValidateFunction | undefined
  const validate: ReturnType<FastifySchemaCompiler<object>> = (value: unknown) => {
    const unread = read(value)
    if (unread.length > 0) {
      validate.errors = unread
      return false
    }
    compiled ??= compile()
    const fits = compiled(value)
    validate.errors = compiled.errors ?? null
    return fits
  }
  return validate
}

interface Spelling {
  form: RegExp
  read(text: string): number | boolean
  rule: string
}

/** How a value that is not a text is written in a URL. `0x10`, `1e1`, `+1` and ` 16` are numbers to JavaScript, and mistakes of a caller. */
const SPELLINGS: { [type: string]: Spelling } = {
  integer: { form: /^[0-9]{1,15}$/, read: Number, rule: 'must be a whole number in decimal digits, such as 20' },
  number: { form: /^[0-9]{1,15}(?:\.[0-9]{1,15})?$/, read: Number, rule: 'must be a number in decimal digits, such as 1.5' },
  boolean: { form: /^(?:true|false)$/, read: (text) => text === 'true', rule: 'must be true or false' },
}

/** Replaces each text by the value that the schema wants, and returns what cannot be read. A type without a spelling is left to the schema, which refuses the text. */
function readTexts(schema: object, values: unknown): FastifySchemaValidationError[] {
  const properties = 'properties' in schema && isObject(schema.properties) ? schema.properties : {}
  const errors: FastifySchemaValidationError[] = []
  if (!isObject(values)) return errors
  for (const [name, property] of Object.entries(properties)) {
    const given = values[name]
    if (given === undefined) continue
    const spelling = isObject(property) ? SPELLINGS[String(property['type'])] : undefined
    if (typeof given !== 'string') errors.push(unreadable(name, 'must be given once'))
    else if (spelling?.form.test(given)) values[name] = spelling.read(given)
    else if (spelling !== undefined) errors.push(unreadable(name, spelling.rule))
  }
  return errors
}

const unreadable = (name: string, message: string): FastifySchemaValidationError => ({
  keyword: 'spelling',
  instancePath: `/${escapePointer(name)}`,
  schemaPath: '',
  params: {},
  message,
})

/** A route of the API without a query takes none: `?dryRun=true` where there is no such thing must not do the thing itself. */
export function refuseUnknownParameters(app: App): void {
  const none = { type: 'object', properties: {}, additionalProperties: false }
  app.addHook('onRoute', (route) => {
    if (route.url.startsWith('/v1/')) route.schema = { querystring: none, ...route.schema }
  })
}

const isObject = (value: unknown): value is Record<string, unknown> => typeof value === 'object' && value !== null
