import type { ValidateFunction } from 'ajv/dist/2020.js'
import type { FastifySchemaCompiler } from 'fastify'
import { createAjv } from '../forms/ajv.ts'

/** Bodies say what they mean and are taken as they are; in a query string and a path everything is text, so it is coerced. */
export function createValidatorCompiler(shared: object[]): FastifySchemaCompiler<object> {
  const bodies = createAjv({})
  const texts = createAjv({ coerceTypes: true })
  for (const schema of shared) bodies.addSchema(schema)
  return ({ schema, httpPart }) => whenAsked(() => (httpPart === 'body' ? bodies : texts).compile(schema))
}

/** Compiled by the first request that needs it: all of them together take a third of a second at every start. */
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
