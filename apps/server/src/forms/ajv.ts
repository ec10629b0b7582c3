import { Ajv2020, type Options } from 'ajv/dist/2020.js'
import { FORMATS } from './formats.ts'

/** The hub's own schema keywords: they say how a field is stored and shown, and refuse nothing. */
const KEYWORDS = ['x-secret', 'x-advanced', 'x-sensitive', 'example']

/** The one set-up of Ajv: bodies, forms and data schemas (JSON Schema 2020-12) share their keywords and formats. */
export function createAjv(options: Options): Ajv2020 {
  // verbose: the description beside a pattern explains why a value was refused.
  const ajv = new Ajv2020({ removeAdditional: false, strict: false, verbose: true, keywords: KEYWORDS, ...options })
  for (const [name, check] of Object.entries(FORMATS)) ajv.addFormat(name, check)
  return ajv
}
