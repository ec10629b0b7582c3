import { isJsonObject, type Json, type JsonObject } from '../../domain/json.ts'
import type { FieldError } from '../../errors.ts'
import { linearPattern } from '../../security/linear-pattern.ts'
import { escapePointer } from '../json-text.ts'
import { target } from './reference.ts'
import { MOST, REFUSED, SAME_VALUE, SHAPES, type Shape, TYPES } from './words.ts'

const isName = (value: unknown): value is string => typeof value === 'string'
const areNames = (value: unknown): boolean => Array.isArray(value) && value.every(isName)

/** What each shape of a value wants; a schema inside is looked at on its own. */
const WANTED: Readonly<Record<Shape, { is(value: Json): boolean; rule: string }>> = {
  schema: { is: (value) => isJsonObject(value) || typeof value === 'boolean', rule: 'must be a schema' },
  schemas: { is: (value) => Array.isArray(value) && value.length > 0, rule: 'must be a list of schemas' },
  'named schemas': { is: isJsonObject, rule: 'must be an object of schemas' },
  'named schemas by pattern': { is: isJsonObject, rule: 'must be an object of schemas' },
  count: { is: (value) => Number.isInteger(value) && Number(value) >= 0, rule: 'must be a whole number from 0' },
  number: { is: (value) => typeof value === 'number', rule: 'must be a number' },
  'positive number': { is: (value) => typeof value === 'number' && value > 0, rule: 'must be a number above 0' },
  boolean: { is: (value) => typeof value === 'boolean', rule: 'must be true or false' },
  pattern: { is: isName, rule: 'must be a text' },
  name: { is: isName, rule: 'must be a text' },
  names: { is: areNames, rule: 'must be a list of names' },
  'named names': { is: (value) => isJsonObject(value) && Object.values(value).every(areNames), rule: 'must be an object of lists of names' },
  types: {
    is: (value) => [value].flat().length > 0 && [value].flat().every((type) => isName(type) && TYPES.includes(type)),
    rule: `must be one of ${TYPES.join(', ')}, or a list of them`,
  },
  values: { is: (value) => Array.isArray(value) && value.length > 0, rule: 'must be a list of values' },
  value: { is: () => true, rule: '' },
  reference: {
    is: (value) => isName(value) && (value === '#' || value.startsWith('#/')),
    rule: 'must be # or begin with #/: only references inside the schema can be followed',
  },
}

/** A schema inside a schema, and where it stands. */
interface Part {
  schema: Json
  pointer: string
}

/** The schemas that stand in a keyword. */
function partsOf(word: string, value: Json, pointer: string): Part[] {
  const shape = SHAPES[word]
  if (shape === 'schema') return [{ schema: value, pointer }]
  if (shape === 'schemas' && Array.isArray(value)) return value.map((schema, i) => ({ schema, pointer: `${pointer}/${i}` }))
  if ((shape === 'named schemas' || shape === 'named schemas by pattern') && isJsonObject(value))
    return Object.entries(value).map(([name, schema]) => ({ schema, pointer: `${pointer}/${escapePointer(name)}` }))
  return []
}

/** What is wrong with a data schema itself. Pointers begin at the schema; an empty list means that it can be applied in bounded time. */
export function schemaProblems(root: JsonObject): FieldError[] {
  const bytes = Buffer.byteLength(JSON.stringify(root))
  if (bytes > MOST.bytes) return [{ pointer: '', message: `has ${bytes} bytes; a data schema has at most ${MOST.bytes}` }]
  const found: FieldError[] = []
  let words = 0
  let steps = 0
  const seen = new Set<Json>()
  const wrong = (pointer: string, message: string) => void found.push({ pointer, message })

  function pattern(source: string, pointer: string): void {
    try {
      steps += linearPattern(source).size
      if (steps > MOST.patterns) wrong(pointer, 'is one expression too many: those of a schema are too large together; use enum, maxLength or format')
    } catch (error) {
      wrong(pointer, error instanceof Error ? error.message : String(error))
    }
  }

  function look({ schema, pointer }: Part, level: number): void {
    if (!isJsonObject(schema)) {
      if (typeof schema !== 'boolean') wrong(pointer, WANTED.schema.rule)
      return
    }
    if (found.length > 0 || seen.has(schema)) return
    seen.add(schema)
    words += sizeOf(schema)
    if (words > MOST.words) wrong(pointer, `is more than the ${MOST.words} keywords, names and values that a data schema may have`)
    else if (level > MOST.levels) wrong(pointer, `is nested deeper than ${MOST.levels} schemas`)
    else lookAtWords(schema, pointer, level)
  }

  function lookAtWords(schema: JsonObject, pointer: string, level: number): void {
    for (const [word, value] of Object.entries(schema)) {
      const at = `${pointer}/${escapePointer(word)}`
      if (REFUSED[word] !== undefined) wrong(at, REFUSED[word])
      if (word === '$id' && schema !== root) wrong(at, 'is possible at the top of the schema only')
      const shape = Object.hasOwn(SHAPES, word) ? SHAPES[word] : undefined
      if (shape === undefined) continue
      if (!WANTED[shape].is(value)) wrong(at, WANTED[shape].rule)
      else if (shape === 'pattern') pattern(String(value), at)
      else if (shape === 'named schemas by pattern') for (const source of Object.keys(value ?? {})) pattern(source, `${at}/${escapePointer(source)}`)
      else if (shape === 'reference') {
        const to = target(root, String(value))
        if (to === undefined) wrong(at, 'refers to what is not there')
        else look({ schema: to, pointer: String(value).slice(1) }, level)
      }
      for (const part of partsOf(word, value, at)) look(part, level + 1)
    }
  }

  look({ schema: root, pointer: '' }, 0)
  return found.length > 0 ? found : circles(root, [...seen])
}

/** Keywords, and the names and values in them. */
const sizeOf = (schema: JsonObject): number =>
  Object.values(schema).reduce<number>((sum, value) => sum + 1 + (Array.isArray(value) ? value.length : isJsonObject(value) ? Object.keys(value).length : 0), 0)

/** A schema that leads to itself without going into a field or an entry would be applied to one value for ever. */
function circles(root: JsonObject, schemas: Json[]): FieldError[] {
  const done = new Set<Json>()
  const open = new Set<Json>()
  function leadsBack(schema: Json): boolean {
    if (!isJsonObject(schema) || done.has(schema)) return false
    if (open.has(schema)) return true
    open.add(schema)
    const next = SAME_VALUE.flatMap((word) => (schema[word] === undefined ? [] : partsOf(word, schema[word], '').map((part) => part.schema)))
    if (isName(schema['$ref'])) next.push(target(root, schema['$ref']) ?? true)
    if (next.some(leadsBack)) return true
    open.delete(schema)
    done.add(schema)
    return false
  }
  return schemas.some(leadsBack)
    ? [{ pointer: '', message: 'refers to itself without going into a field: $ref, allOf, anyOf, oneOf, not or if lead back to the same schema' }]
    : []
}
