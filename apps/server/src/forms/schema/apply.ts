import { isJsonObject, type Json, type JsonObject } from '../../domain/json.ts'
import { escapePointer } from '../json-text.ts'
import { LIST_WORDS } from './lists.ts'
import { LOGIC_WORDS } from './logic.ts'
import { type Apply, type Maker, wrong } from './made.ts'
import { OBJECT_WORDS } from './objects.ts'
import { target } from './reference.ts'
import { Spoken } from './run.ts'
import { VALUE_CHECKS } from './values.ts'

/** Makes a schema applicable. Only what `schemaProblems` accepts may be given. */
export function applicable(root: JsonObject): Apply {
  const made = new Map<JsonObject, Apply>()
  const tracks = JSON.stringify(root).includes('"unevaluated')

  function make(schema: Json, at: string): Apply {
    if (!isJsonObject(schema)) return schema === false ? never(at) : () => true
    const known = made.get(schema)
    if (known !== undefined) return known
    const applies: Apply[] = []
    const apply: Apply = (value, path, run, spoken) => {
      run.enter()
      const own = tracks ? new Spoken() : null
      let fits = true
      for (const one of applies) if (!one(value, path, run, own)) fits = false
      run.leave()
      if (fits && own !== null && spoken !== null) {
        run.spend(4 * own.size)
        spoken.add(own)
      }
      return fits
    }
    // Known before its keywords are made: a schema may refer to itself.
    made.set(schema, apply)
    for (const word of ORDER) {
      const value = schema[word]
      const maker = MAKERS[word]
      if (value === undefined || maker === undefined) continue
      const place = `${at}/${word}`
      applies.push(
        maker({
          word,
          value,
          schema,
          at: place,
          part: (part, ...below) => make(part, [place, ...below.map((step) => escapePointer(String(step)))].join('/')),
          ref: (ref) => make(target(root, ref) ?? true, ref),
        }),
      )
    }
    return apply
  }
  return make(root, '#')
}

const never =
  (at: string): Apply =>
  (_value, path, run) =>
    run.fail(() => ({ keyword: 'false schema', instancePath: path, schemaPath: `${at}/false schema`, params: {}, message: 'is not allowed here' }))

const MAKERS: Readonly<Record<string, Maker>> = {
  ...Object.fromEntries(
    Object.entries(VALUE_CHECKS).map(([word, make]): [string, Maker] => [
      word,
      (made) => {
        const check = make(made.value, made.schema)
        return (value, path, run) => {
          run.spend(1)
          const found = check(value, run)
          return found === null || wrong(made, run, path, value, found.params, found.message, found.keyword)
        }
      },
    ]),
  ),
  $ref: (made) => made.ref(String(made.value)),
  ...OBJECT_WORDS,
  ...LIST_WORDS,
  ...LOGIC_WORDS,
}

/** What speaks about fields and entries comes before what asks whether somebody did. */
const ORDER: readonly string[] = [...Object.keys(MAKERS).filter((word) => !word.startsWith('unevaluated')), 'unevaluatedProperties', 'unevaluatedItems']
