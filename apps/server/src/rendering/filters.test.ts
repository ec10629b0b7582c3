import { execFile } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { filters as liquid } from 'liquidjs'
import { describe, expect, it } from 'vitest'
import { filters } from './filters.ts'
import { renderSealed } from './liquid.ts'
import { plainValue, unseal } from './sealed.ts'
import { FILTER_CASES } from './testing/filter-cases.ts'

const render = (source: string, x: unknown, reader = { locale: 'en', timezone: 'America/Los_Angeles' }) => {
  const { text, values } = renderSealed(source, { data: { x }, user: {}, event: {}, url: '', instance: {} }, reader)
  return unseal(text, values, plainValue)
}

describe('filters', () => {
  it('show each value as its author expects', () => {
    expect(FILTER_CASES.map(([source, x]) => [source, x, render(source, x)])).toEqual(FILTER_CASES)
  })

  it('print the same on every node, whatever its time zone and locale', async () => {
    const program = fileURLToPath(new URL('./testing/print-filters.ts', import.meta.url))
    const nodes = [
      { TZ: 'UTC', LANG: 'C' },
      { TZ: 'America/Los_Angeles', LANG: 'de_DE.UTF-8', LC_ALL: 'de_DE.UTF-8' },
      { TZ: 'Asia/Kolkata', LANG: 'ar_EG.UTF-8', LC_ALL: 'ar_EG.UTF-8' },
      { TZ: 'Pacific/Apia', LANG: 'tr_TR.UTF-8', LC_ALL: 'tr_TR.UTF-8' },
    ]
    const printed = await Promise.all(nodes.map(async (env) => (await promisify(execFile)(process.execPath, [program], { env })).stdout))
    expect(JSON.parse(printed[0]!)[0]).toEqual(FILTER_CASES.map(([, , shown]) => shown))
    for (const [i, one] of printed.entries()) expect(JSON.parse(one), JSON.stringify(nodes[i])).toEqual(JSON.parse(printed[0]!))
  })

  it('cut a text where a reader counts its characters, however far from its beginning or end', () => {
    const characters = ['a', '👩‍👩‍👧‍👦', 'e\u0301', '🇩🇪', 'z']
    for (let first = -7; first < 7; first++)
      for (let count = -1; count < 7; count++) {
        const start = first < 0 ? first + characters.length : first
        const shown = start < 0 || count < 0 ? '' : characters.slice(start, start + count).join('')
        expect(render(`{{ data.x | slice: ${first}, ${count} }}`, characters.join('')), `${first}, ${count}`).toBe(shown)
      }
    expect(render('{{ data.x | slice: 0 }}{{ data.x | slice: 1, 0 }}', '👩‍👩‍👧‍👦'.repeat(20_000))).toBe('👩‍👩‍👧‍👦')
    expect(() => render('{{ data.x | slice: -1 }}', 'x'.repeat(250_000))).toThrow('limit exceeded')
  })

  it('replace all of Liquid’s own that print a time or escape for a reader', () => {
    const own = Object.keys(liquid).filter((name) => /^date|escape/.test(name) && !Object.hasOwn(filters, name))
    expect(own).toEqual(['cgi_escape', 'uri_escape'])
  })

  it.each([
    ['de', '01.04.2026', '1.234,50\u00a0€'],
    ['fr-CA', '1 avr. 2026', '1\u00a0234,50\u00a0€'],
    ['pt_BR', '1 de abr. de 2026', '€\u00a01.234,50'],
    ['zz-not-one', 'Apr 1, 2026', '€1,234.50'],
    ['not a locale', 'Apr 1, 2026', '€1,234.50'],
  ])('write for readers of %s', (locale, day, amount) => {
    const reader = { locale, timezone: 'Europe/Paris' }
    expect(render('{{ data.x | local_time }}', '2026-04-01', reader)).toBe(day)
    expect(render('{{ data.x | money: "EUR" }}', 1234.5, reader)).toBe(amount)
  })

  it('read a long pattern once, whatever it consists of', () => {
    // Of a calendar date the words beside its parts are looked at too: 100,000 of them would take seconds if each looked for its neighbours.
    const before = process.cpuUsage().user
    expect(render('{{ "2026-01-01" | date: data.x }}', `%d%H${'%t'.repeat(100_000)}`)).toBe('01')
    expect(process.cpuUsage().user - before).toBeLessThan(1_500_000)
    expect(render('{{ "2026-01-01" | date: data.x }}', '%d.%m.%Y at %H:%M or %A')).toBe('01.01.2026Thursday')
  })

  it('let a word of the author stand for the present', () => {
    const seconds = Number(render('{{ "now" | date: "%s" }}', null))
    expect(seconds).toBeGreaterThan(1_700_000_000)
    expect(render('{{ "today" | date: "%Y" }}', null)).toMatch(/^\d{4}$/)
  })
})
