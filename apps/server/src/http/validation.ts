import type { ValidateFunction } from 'ajv/dist/2020.js'
import type { FastifySchemaCompiler } from 'fastify'
import { createAjv } from '../forms/ajv.ts'

/** Bodies are typed and never coerced; query strings and paths are text, so they are coerced. */
export function createValidatorCompiler(shared: object[]): FastifySchemaCompiler<object> {
  const bodies = createAjv({})
  const texts = createAjv({ coerceTypes: true })
  for (const schema of shared) bodies.addSchema(schema)
  return ({ schema, httpPart }) => whenAsked(() => (httpPart === 'body' ? bodies : texts).compile(schema))
}

/** Compiled on first use: all of them together take a third of a second at every start. */
function whenAsked(compile: () => ValidateFunction): ReturnType<FastifySchemaCompiler<object>> {
  let compiled: ValidateFunction | undefined
  const validate: ReturnType<FastifySchemaCompiler<object>> = (value: unknown) => {
    compiled ??= compile()
    const fits = compiled(value)
    validate.errors = compiled.errors ?? null
    return fits
  }
  return validate
}
