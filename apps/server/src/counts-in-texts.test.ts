import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, it } from 'vitest'

/** `${n} events`: with one of them the sentence is wrong. After "of" and "all" there are several, and no size in characters or bytes is 1. */
const COUNT = /(?<!\b(?:of|all) )\$\{[^}]*\b(?:length|size|count|waiting|attempts|minutes|seconds)\)?\} (?!(?:characters|bytes)\b)[a-z]+s\b/g

it('texts with a count have its noun in the right number: `counted` of domain/counted.ts makes both', () => {
  const files = readdirSync(import.meta.dirname, { recursive: true, encoding: 'utf8' }).filter((file) => /(?<!\.test)\.ts$/.test(file))
  const found = files.flatMap((file) => readFileSync(join(import.meta.dirname, file), 'utf8').match(COUNT) ?? [])
  expect(found).toEqual([])
})
