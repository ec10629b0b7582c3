import { RE2JS } from 're2js'
import { expect, it } from 'vitest'
import * as base from './http/v1/schemas/base.ts'
import { providers } from './providers/index.ts'

/** Every `pattern` in a schema, and in the schemas inside it. */
const patternsIn = (schema: unknown): string[] =>
  typeof schema !== 'object' || schema === null
    ? []
    : Object.entries(schema).flatMap(([word, value]) => (word === 'pattern' && typeof value === 'string' ? [value] : patternsIn(value)))

/** The only looks ahead: each is taken once, at the beginning of a text. */
const LOOKS = ['(?!adr_|con_)', '(?=.{32,88}$)']

const without = (pattern: string): string => LOOKS.reduce((rest, look) => rest.replace(look, ''), pattern)

it('expressions of our own forms are anchored, and have nothing that an engine has to try again', () => {
  const patterns = new Set([...patternsIn(Object.values(base)), ...providers.flatMap(({ settings, destination }) => patternsIn([settings, destination]))])
  expect(patterns.size).toBeGreaterThan(40)
  for (const pattern of patterns) {
    expect(() => RE2JS.compile(RE2JS.translateRegExp(without(pattern))), pattern).not.toThrow()
    expect(pattern, 'begins at the beginning').toMatch(/^\^/)
    // A repetition of what can be repeated itself, without a sign between: ([a-z]+)* can be read in many ways.
    expect(pattern, 'repeats no repetition').not.toMatch(/\((?:\?:)?(?:\[[^\]]*\]|\\?.)[+*]\)[+*{]/)
  }
})
