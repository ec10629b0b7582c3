import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { HOUR } from './time.ts'
import { type LimitName, saysOf, USE_LIMITS } from './uses.ts'

const limits = Object.keys(USE_LIMITS) as LimitName[]
const page = readFileSync(new URL('../../../../docs/http.md', import.meta.url), 'utf8')

describe('limits of use', () => {
  it.each(limits)('%s: its sentence has its figure and its window, and stands in the documentation', (limit) => {
    const { count, per } = USE_LIMITS[limit]
    const says = saysOf(limit)
    expect(says).toContain(` ${count.toLocaleString('en')} `)
    expect(says).toContain(per === HOUR ? 'an hour' : 'a minute')
    expect(says).not.toContain('{')
    expect(page).toContain(says)
  })
})
