import { describe, expect, it } from 'vitest'
import type { EventType } from '../domain/event-type.ts'
import type { EventReport } from '../domain/report.ts'
import { anEventType, NOON } from '../domain/testing/samples.ts'
import { HOUR } from '../domain/time.ts'
import { CarillonError } from '../errors.ts'
import { type AdmitParts, admit } from './admit.ts'
import { toEntry } from './catalogue.ts'

const parts: AdmitParts = {
  seal: (_schema, data, eventId) => ({ data: { ...data, code: '********' }, sensitive: `sealed for ${eventId}` }),
  dedupKey: (template) => template,
  veil: (text: string) => `veiled ${text.length}`,
  channels: ['email'],
  applicationUrl: null,
}

const admitted = (report: Partial<EventReport> = {}, type: Partial<EventType> = {}, more: Partial<AdmitParts> = {}) =>
  admit({ type: 'build.failed', to: [{ kind: 'user', id: 'ada' }], data: {}, ...report }, toEntry(anEventType(type)), NOON, { ...parts, ...more })

/** The code and the invalid fields of a refusal. */
function refusal(...given: Parameters<typeof admitted>) {
  try {
    admitted(...given)
  } catch (error) {
    if (error instanceof CarillonError) return [error.code, ...error.errors.map(({ pointer }) => pointer)]
    throw error
  }
  return 'admitted'
}

it('fills in missing fields of a report from its event type', () => {
  expect(admitted({}, { severity: 'error', priority: 'high' })).toMatchObject({
    type: 'build.failed',
    severity: 'error',
    priority: 'high',
    actor: null,
    channels: null,
    dedupKey: null,
    tags: [],
    url: null,
    sendAt: null,
    expiresAt: null,
    sensitive: null,
    acceptedAt: NOON,
    hops: 0,
    place: null,
    reporter: null,
  })
  expect(admitted({ severity: 'debug', priority: 'low', tags: ['eu'], actor: 'bob' }, { severity: 'error' })).toMatchObject({
    severity: 'debug',
    priority: 'low',
    tags: ['eu'],
    actor: 'bob',
  })
})

it('keeps the one place that a report of the hub itself is for', () => {
  expect(admitted({ place: 'dst_1' }).place).toBe('dst_1')
})

it('gives every admitted event its own id', () => {
  expect(admitted().id).not.toBe(admitted().id)
})

describe('times', () => {
  it('are kept when they are in the future; an earlier `sendAt` means now', () => {
    expect(admitted({ sendAt: NOON + 1, expiresAt: NOON + 2 })).toMatchObject({ sendAt: NOON + 1, expiresAt: NOON + 2 })
    expect(admitted({ sendAt: NOON - HOUR }).sendAt).toBeNull()
    expect(admitted({ sendAt: NOON }).sendAt).toBeNull()
  })

  it('that are impossible are refused', () => {
    expect(refusal({ expiresAt: NOON })).toEqual(['invalid_field', '/expiresAt'])
    expect(refusal({ expiresAt: NOON + HOUR, sendAt: NOON + HOUR })).toEqual(['invalid_field', '/expiresAt'])
  })
})

it('refuses unknown channels, and names each', () => {
  expect(refusal({ channels: ['fax', 'email', 'pigeon'] })).toEqual(['invalid_field', '/channels/0', '/channels/2'])
  expect(admitted({ channels: ['email'] }).channels).toEqual(['email'])
})

it('refuses invalid data before anything is encrypted', () => {
  const seal = () => {
    throw new Error('sealed')
  }
  expect(refusal({ data: { code: 7 } }, { schema: { properties: { code: { type: 'string', 'x-sensitive': true } } } }, { seal })).toEqual([
    'invalid_data',
    '/data/code',
  ])
})

it('stores the sensitive fields of an event apart from its data', () => {
  const event = admitted({ data: { code: '123456' } }, { schema: { properties: { code: { type: 'string', 'x-sensitive': true } } } })
  expect(event).toMatchObject({ data: { code: '********' }, sensitive: `sealed for ${event.id}` })
  expect(JSON.stringify(event)).not.toContain('123456')
})

describe('the dedup key', () => {
  it('comes from the report, else from the template of the type', () => {
    expect(admitted({ dedupKey: 'mine' }, { dedup: 'template' }).dedupKey).toBe('mine')
    expect(admitted({}, { dedup: ' build-7 ' }).dedupKey).toBe('build-7')
    expect(admitted({}, { dedup: '   ' }).dedupKey).toBeNull()
    expect(admitted().dedupKey).toBeNull()
  })

  it('has a maximum length, because it is indexed', () => {
    expect(admitted({}, { dedup: 'x'.repeat(512) }).dedupKey).toHaveLength(512)
    expect(refusal({}, { dedup: 'x'.repeat(513) })).toEqual(['invalid_field', '/dedupKey'])
  })
})

it('fails alone, as a field of its report, when its template fails with the data', () => {
  const broken = {
    dedupKey: () => {
      throw new Error('It has no loops')
    },
  }
  expect(refusal({}, { dedup: 'x' }, broken)).toEqual(['invalid_field', '/dedupKey'])
  expect(admitted({ dedupKey: 'said' }, { dedup: 'x' }, broken).dedupKey).toBe('said')
})

it('is stored hashed when it was made of sensitive data', () => {
  const schema = { type: 'object', properties: { code: { type: 'string', 'x-sensitive': true } } }
  expect(admitted({ data: { code: '123456' } }, { dedup: '123456', schema }).dedupKey).toBe('veiled 6')
  expect(admitted({}, { dedup: '123456' }).dedupKey).toBe('123456')
})
