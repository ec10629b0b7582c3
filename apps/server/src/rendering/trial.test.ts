import { fork } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { describe, expect, it } from 'vitest'
import { CarillonError } from '../errors.ts'
import { checkTemplates, checkTexts, type Texts } from './check-templates.ts'
import { createTrials, tryTexts } from './trial.ts'

const wrong = {
  default: { title: '{{ data.a', body: 'ok {{ data.a }}', actions: [{ label: 'x', url: '{{ link }}' }] },
  locales: { fr: { 'e/mail': { html: '{{ data.a | nofilter }}' } } },
}

describe('the texts of an event type are tried before they are saved', () => {
  it('and every one that is wrong is named', () => {
    expect(checkTemplates(wrong).map(({ pointer }) => pointer)).toEqual(['/default/title', '/default/actions/0/url', '/locales/fr/e~1mail/html'])
    expect(checkTemplates(wrong)[1]?.message).toMatch(/Nothing is called `link`/)
    expect(checkTemplates({ default: { body: 'x'.repeat(70_000) } })[0]?.message).toMatch(/at most 65536/)
    expect(checkTemplates({ default: { title: '{% assign a = data.x %}{{ a }}{% for i in data.list %}{{ i }}{% endfor %}' } })).toEqual([])
    expect(checkTexts({ templates: { default: { title: '{{' } }, dedup: '{{ data.a | nofilter }}' }).map(({ pointer }) => pointer)).toEqual([
      '/templates/default/title',
      '/dedup',
    ])
  })

  it('and links that are paths are refused while nobody said where the application is', async () => {
    const paths = {
      default: {
        url: '/orders/{{ data.id }}',
        image: ' /a.png',
        body: '[Open](/orders/1) and [more]( </x>)',
        html: '<a href="/x">x</a>',
        actions: [{ label: 'Go', url: '/go' }],
      },
      locales: { fr: { email: { body: '[a]: /x\n\n[Open][a]' } } },
    }
    const pointers = ['/default/url', '/default/image', '/default/body', '/default/html', '/default/actions/0/url', '/locales/fr/email/body']
    const found = await tryTexts({ templates: paths }, {}, { paths: false })
    expect(found.map(({ pointer }) => pointer)).toEqual(pointers.map((pointer) => `/templates${pointer}`))
    for (const { message } of found) expect(message).toContain('CARILLON_APPLICATION_URL')
    expect(checkTemplates(paths, {}, { paths: true })).toEqual([])
  }, 60_000)

  it('and a path that data makes is seen with a sample only', () => {
    const made = { default: { url: '{{ data.link }}', body: '[Open]({{ data.base }}/x)', html: '<a href="{{ data.link }}">x</a>' } }
    expect(checkTemplates(made, {}, { paths: false })).toEqual([])
    expect(checkTemplates(made, { link: 'https://a.example/', base: 'https://a.example' }, { paths: false })).toEqual([])
    expect(checkTemplates(made, { link: '/orders', base: '' }, { paths: false }).map(({ pointer }) => pointer)).toEqual([
      '/default/url',
      '/default/body',
      '/default/html',
    ])
  })

  it('and links without data must be links', () => {
    const wrong = ['orders/5', '//evil.example', 'javascript:alert(1)', 'www.example.com', '/\\evil.example']
    for (const url of wrong)
      expect(checkTemplates({ default: { url } })[0], url).toMatchObject({
        pointer: '/default/url',
        message: expect.stringContaining('must be an absolute http(s) URL'),
      })
    for (const url of ['https://a.example', 'mailto:a@b.cc', '/orders/5', '']) expect(checkTemplates({ default: { url } }), url).toEqual([])
  })

  it('with the same answer from a process of their own', async () => {
    const texts: Texts = { templates: wrong, dedup: '{{ user.id }}' }
    expect(await tryTexts(texts, { a: 1 })).toEqual(checkTexts(texts, { a: 1 }))
    expect(await tryTexts({ templates: { default: { title: 'Order {{ data.id }}' } }, dedup: '{{ data.id }}' }, { id: 1 })).toEqual([])
  }, 60_000)

  it('and some that eat memory take only that process with them', async () => {
    const greedy = Object.fromEntries(Array.from({ length: 60 }, (_, i) => [`channel_${i}`, { body: `${i}${'{{data.a|size}}'.repeat(4_000)}` }]))
    const answer = await tryTexts({ templates: greedy }, {}, { cpuMs: 50_000, wallMs: 50_000 })
    expect(answer).toEqual([{ pointer: '/templates', message: expect.stringContaining('memory') }])
  }, 60_000)

  const list = Array.from({ length: 5_000 }, (_, i) => i)
  const slow: Texts = {
    templates: { default: { title: '{% for i in data.list %}{% for j in data.list %}{% if j == i %}{% endif %}{% endfor %}{% endfor %}' } },
  }

  it('and one that goes on and on is stopped when it has had its processor time', async () => {
    expect(await tryTexts(slow, { list }, { cpuMs: 100, wallMs: 50_000 })).toEqual([
      { pointer: '/templates', message: expect.stringContaining('more than 100 ms of processor time') },
    ])
  }, 60_000)

  it('and a machine that is too busy is not their fault', async () => {
    await expect(tryTexts(slow, { list }, { cpuMs: 50_000, wallMs: 1 })).rejects.toMatchObject({ code: 'overloaded', retryAfter: 5 })
  }, 60_000)
})

describe('many trials at once', () => {
  const child = fileURLToPath(new URL('./trial-worker.ts', import.meta.url))

  it('never run more processes than the bound, and all succeed when they come back as they are told', async () => {
    let running = 0
    let most = 0
    const tryOne = createTrials({
      start() {
        const one = fork(child, [], { env: {}, stdio: ['ignore', 'ignore', 'ignore', 'ipc'] })
        most = Math.max(most, ++running)
        one.on('exit', () => running--)
        return one
      },
    })
    const waits: number[] = []
    async function insist(n: number): Promise<unknown> {
      for (;;)
        try {
          return await tryOne({ templates: { default: { title: `no. ${n}` } } })
        } catch (error) {
          if (!(error instanceof CarillonError)) throw error
          waits.push(error.retryAfter ?? 0)
          await new Promise((resolve) => setTimeout(resolve, 20))
        }
    }
    expect(await Promise.all(Array.from({ length: 12 }, (_, n) => insist(n)))).toEqual(Array.from({ length: 12 }, () => []))
    expect(most).toBe(2)
    expect(waits.slice(0, 8), 'those that were turned away come back one after the other').toEqual([1, 1, 2, 2, 3, 3, 4, 4])
  }, 60_000)
})
