import { describe, expect, it } from 'vitest'
import { checkTemplates } from './check-templates.ts'
import { tryTemplates } from './trial.ts'

const wrong = {
  default: { title: '{{ data.a', body: 'ok {{ data.a }}', actions: [{ label: 'x', url: '{{ link }}' }] },
  locales: { fr: { 'e/mail': { html: '{{ data.a | nofilter }}' } } },
}

describe('templates are tried before they are saved', () => {
  it('and every one that is wrong is named', () => {
    expect(checkTemplates(wrong).map(({ pointer }) => pointer)).toEqual(['/default/title', '/default/actions/0/url', '/locales/fr/e~1mail/html'])
    expect(checkTemplates(wrong)[1]?.message).toMatch(/Nothing is called `link`/)
    expect(checkTemplates({ default: { body: 'x'.repeat(70_000) } })[0]?.message).toMatch(/at most 65536/)
    expect(checkTemplates({ default: { title: '{% assign a = data.x %}{{ a }}{% for i in data.list %}{{ i }}{% endfor %}' } })).toEqual([])
  })

  it('with the same answer from a process of their own', async () => {
    expect(await tryTemplates(wrong, { a: 1 })).toEqual(checkTemplates(wrong, { a: 1 }))
    expect(await tryTemplates({ default: { title: 'Order {{ data.id }}' } }, { id: 1 })).toEqual([])
  }, 60_000)

  it('and some that eat memory take only that process with them', async () => {
    const greedy = Object.fromEntries(Array.from({ length: 60 }, (_, i) => [`channel_${i}`, { body: `${i}${'{{data.a|size}}'.repeat(4_000)}` }]))
    expect(await tryTemplates(greedy, {}, { timeoutMs: 50_000 })).toEqual([{ pointer: '', message: expect.stringContaining('memory') }])
  }, 60_000)

  it('and one that goes on and on is stopped', async () => {
    const list = Array.from({ length: 5_000 }, (_, i) => i)
    const slow = { default: { title: '{% for i in data.list %}{% for j in data.list %}{% if j == i %}{% endif %}{% endfor %}{% endfor %}' } }
    expect(await tryTemplates(slow, { list }, { timeoutMs: 100 })).toEqual([{ pointer: '', message: expect.stringContaining('longer than 100 ms') }])
  }, 60_000)
})
