import { Ajv2020, type Options } from 'ajv/dist/2020.js'
import { FORMATS } from './formats.ts'

/** Words of our own in a schema: they say how a field is kept and shown, and refuse nothing. */
const KEYWORDS = ['x-secret', 'x-advanced', 'x-sensitive', 'example']

/** The one set-up of Ajv: bodies, forms and data schemas (JSON Schema 2020-12) know the same words and formats. */
export function createAjv(options: Options): Ajv2020 {
  // verbose: a refused pattern is explained by the description beside it.
  const ajv = new Ajv2020({ removeAdditional: false, strict: false, verbose: true, keywords: KEYWORDS, ...options })
  for (const [name, check] of Object.entries(FORMATS)) ajv.addFormat(name, check)
  return ajv
}
