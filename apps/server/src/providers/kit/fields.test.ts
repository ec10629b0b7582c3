import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { TSchema } from 'typebox'
import { describe, expect, it } from 'vitest'
import { SERVER_FIELDS } from '../../domain/server-fields.ts'
import { providers } from '../index.ts'

type Field = TSchema & { [mark: string]: unknown }

/** Every field of every form that somebody fills in; devices fill in their own. */
const fields = providers.flatMap(({ id, settings, destination, sharedDestination, devices, options = {} }) =>
  Object.entries({ settings, ...(devices ? {} : { destination }), ...(sharedDestination && { sharedDestination }) }).flatMap(([half, schema]) =>
    Object.entries(schema.properties).map(([name, field]) => ({
      at: `${id} ${half}.${name}`,
      field: field as Field,
      required: (schema.required ?? []).includes(name),
      options,
    })),
  ),
)
const having = (mark: string) => fields.filter(({ field }) => field[mark] !== undefined)
const places = (found: { at: string }[]) => found.map(({ at }) => at)

const MARKS = ['x-advanced', 'x-category', 'x-hidden', 'x-link', 'x-live', 'x-mentioned', 'x-options', 'x-secret', 'x-widget']
const guide = readFileSync(join(import.meta.dirname, '../../../../../docs/forms.md'), 'utf8')

describe('the forms of all providers', () => {
  it('have a title on every field', () => {
    expect(places(fields.filter(({ field }) => typeof field['title'] !== 'string' || field['title'] === ''))).toEqual([])
  })

  it('use only marks and widgets that the guide explains', () => {
    const marks = new Set(fields.flatMap(({ field }) => Object.keys(field).filter((key) => key.startsWith('x-'))))
    expect([...marks].toSorted()).toEqual(MARKS)
    for (const mark of marks) expect(guide).toContain(`\`${mark}\``)
    for (const widget of new Set(having('x-widget').map(({ field }) => field['x-widget']))) expect(guide).toContain(`| \`${String(widget)}\``)
  })

  it('say how a list or a map is drawn, which their type does not', () => {
    expect(places(fields.filter(({ field }) => ['array', 'object'].includes(String(field['type'])) && field['x-widget'] === undefined))).toEqual([])
  })

  it('give every choice a label, and a place to choose from', () => {
    for (const { at, field } of fields) {
      const options = (field['x-options'] ?? []) as { value: string; label: string }[]
      if (Array.isArray(field['enum'])) expect(options.map(({ value }) => value)).toEqual(field['enum'])
      for (const { label } of options) expect(label, at).not.toBe('')
    }
    const empty = fields.filter(({ field }) => /select$/.test(String(field['x-widget'])) && !field['x-options'] && !field['x-live'])
    expect(places(empty)).toEqual([])
  })

  it('name only live lists that the provider has, and all of those', () => {
    for (const { at, field, options } of having('x-live')) expect(Object.keys(options), at).toContain(field['x-live'])
    for (const { id, options = {} } of providers)
      for (const name of Object.keys(options))
        expect(
          having('x-live').some(({ at, field }) => at.startsWith(`${id} `) && field['x-live'] === name),
          `${id} ${name}`,
        ).toBe(true)
  })

  it('say where a required secret is found', () => {
    const bare = fields.filter(({ field, required }) => required && field['x-secret'] === true && !field['description'] && !field['x-link'])
    expect(places(bare)).toEqual([])
  })

  it('link to https pages, with words', () => {
    for (const { at, field } of having('x-link'))
      expect(field['x-link'], at).toEqual({ label: expect.stringMatching(/\S/), url: expect.stringMatching(/^https:\/\//) })
  })

  it('name a server only in fields whose change asks for the secrets again', () => {
    const urls = fields.filter(({ field }) => field['format'] === 'http-url' && field['x-secret'] !== true && field['x-mentioned'] !== true)
    const unknown = urls.filter(({ at }) => !SERVER_FIELDS.some((name) => at.endsWith(`.${name}`)))
    expect(places(unknown)).toEqual([])
  })

  it('mark every picture as an address that is passed on, which the guard does not judge', () => {
    const pictures = fields.filter(({ field }) => /picture|icon/i.test(String(field['title'])))
    expect(pictures.length).toBeGreaterThan(4)
    expect(places(pictures.filter(({ field }) => field['x-mentioned'] !== true))).toEqual([])
  })

  it('that concern the events of one product say so, are optional, and stand below the others', () => {
    const named = fields.filter(({ field }) => /prowlarr|grab/i.test(JSON.stringify(field)))
    expect(places(having('x-category'))).toEqual(places(named))
    for (const { at, field, required } of having('x-category'))
      expect({ at, required, ...field }).toMatchObject({
        at,
        required: false,
        'x-advanced': true,
        'x-category': 'prowlarr',
        title: expect.stringMatching(/^Prowlarr: /),
      })
  })

  it('hide only what nobody has to type', () => {
    expect(places(having('x-hidden').filter(({ required }) => required))).toEqual([])
  })
})
