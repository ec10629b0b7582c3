import { describe, expect, it } from 'vitest'
import { defineEventType, definePack } from './index.ts'

describe('an event type', () => {
  it('needs a key, a name and a category; the rest has defaults', () => {
    expect(defineEventType({ key: 'price.dropped', name: 'A price dropped', category: 'prices' })).toEqual({
      key: 'price.dropped',
      name: 'A price dropped',
      category: 'prices',
      priority: 'medium',
      severity: 'info',
      critical: false,
      essential: false,
      confirms: false,
      tagFiltered: true,
      locked: [],
      templates: {},
      locale: 'en',
    })
  })

  it('keeps what its author says', () => {
    expect(defineEventType({ key: 'a', name: 'A', category: 'c', critical: true, locked: ['in_app'], locale: 'fr' })).toMatchObject({
      critical: true,
      locked: ['in_app'],
      locale: 'fr',
    })
  })
})

describe('a pack', () => {
  it.each(['collector', 'a', 'batch-2'])('may be called %s', (name) => {
    expect(definePack({ name, eventTypes: [] }).name).toBe(name)
  })

  it.each(['', 'Collector', '2fast', 'with space', 'under_score', 'x'.repeat(65)])('may not be called "%s": its tables are named after it', (name) => {
    expect(() => definePack({ name, eventTypes: [] })).toThrow(/^a pack's name/)
  })
})
