import { type JsonObject, pointerStep } from '../../domain/json.ts'
import { linearPattern } from '../../security/linear-pattern.ts'
import { type Apply, holds, listOf, type Made, type Maker, objectOf, ofObjects, wrong } from './made.ts'
import type { Run, Spoken } from './run.ts'

/** Keywords that are about the fields of an object. */
export const OBJECT_WORDS: Readonly<Record<string, Maker>> = {
  properties: ofObjects((made) => {
    const fields = objectOf(made.value).map(([name, part]) => ({ name, step: pointerStep(name), apply: made.part(part, name) }))
    return (value, path, run, spoken) => {
      let fits = true
      run.spend(fields.length)
      for (const { name, step, apply } of fields) {
        if (!Object.hasOwn(value, name)) continue
        spoken?.names.add(name)
        if (!apply(value[name] ?? null, `${path}/${step}`, run, null)) fits = false
      }
      return fits
    }
  }),
  patternProperties: ofObjects((made) => {
    const fields = objectOf(made.value).map(([source, part]) => ({ pattern: linearPattern(source), apply: made.part(part, source) }))
    return (value, path, run, spoken) => {
      let fits = true
      for (const [name, field] of Object.entries(value))
        for (const { pattern, apply } of fields) {
          run.spend(1 + name.length * pattern.size)
          if (!pattern.test(name)) continue
          spoken?.names.add(name)
          if (!apply(field, `${path}/${pointerStep(name)}`, run, null)) fits = false
        }
      return fits
    }
  }),
  additionalProperties: ofObjects((made) => rest(made, 'additionalProperty', othersOf(made.schema))),
  unevaluatedProperties: ofObjects((made) => rest(made, 'unevaluatedProperty', (name, _run, spoken) => spoken?.names.has(name) !== true)),
  propertyNames: ofObjects((made) => {
    const apply = made.part(made.value)
    return (value, path, run) => {
      let fits = true
      for (const name of Object.keys(value)) if (!holds(apply, name, path, run, null)) fits = wrong(made, run, path, value, { propertyName: name })
      return fits
    }
  }),
  required: ofObjects((made) => {
    const names = listOf(made.value).map(String)
    return (value, path, run) => missing(made, value, names, path, run)
  }),
  dependentRequired: ofObjects((made) => {
    const needs = objectOf(made.value).map(([name, names]) => ({ name, names: listOf(names).map(String) }))
    return (value, path, run) => {
      run.spend(needs.length)
      return needs.filter(({ name, names }) => Object.hasOwn(value, name) && !missing(made, value, names, path, run)).length === 0
    }
  }),
  dependentSchemas: ofObjects((made) => {
    const parts = objectOf(made.value).map(([name, part]): [string, Apply] => [name, made.part(part, name)])
    return (value, path, run, spoken) => {
      run.spend(parts.length)
      return parts.filter(([name, apply]) => Object.hasOwn(value, name) && !apply(value, path, run, spoken)).length === 0
    }
  }),
}

/** Fields of which neither `properties` nor `patternProperties` of the same schema speaks. */
function othersOf(schema: JsonObject): (name: string, run: Run) => boolean {
  const names = new Set(objectOf(schema['properties'] ?? null).map(([name]) => name))
  const patterns = objectOf(schema['patternProperties'] ?? null).map(([source]) => linearPattern(source))
  return (name, run) =>
    !names.has(name) &&
    !patterns.some((pattern) => {
      run.spend(name.length * pattern.size)
      return pattern.test(name)
    })
}

/** The rest of the fields: refused by `false` with a sentence of its own, else checked. */
function rest(made: Made, param: string, isRest: (name: string, run: Run, spoken: Spoken | null) => boolean) {
  const apply = made.part(made.value)
  return (value: JsonObject, path: string, run: Run, spoken: Spoken | null): boolean => {
    let fits = true
    for (const name of Object.keys(value)) {
      run.spend(1)
      if (!isRest(name, run, spoken)) continue
      spoken?.names.add(name)
      if (made.value === false) fits = wrong(made, run, path, value, { [param]: name }, 'is not a known field')
      else if (!apply(value[name] ?? null, `${path}/${pointerStep(name)}`, run, null)) fits = false
    }
    return fits
  }
}

const missing = (made: Made, value: JsonObject, names: string[], path: string, run: Run): boolean => {
  let fits = true
  run.spend(names.length)
  for (const name of names) if (!Object.hasOwn(value, name)) fits = wrong(made, run, path, value, { missingProperty: name }, undefined, 'required')
  return fits
}
