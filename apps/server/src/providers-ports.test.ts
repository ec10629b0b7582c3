import { describe, expect, it } from 'vitest'
import { goodForms } from '../test/stories/good-forms.ts'
import type { JsonObject } from './domain/json.ts'
import { CarillonError } from './errors.ts'
import { createForms } from './forms/check.ts'
import { providers } from './providers/index.ts'

const checkForm = createForms(async () => null)
const forms = goodForms('http://lan.test:8484', '/nowhere')

/** Every field of every form that holds a URL, and the others that name a server. */
const fields = providers.flatMap((provider) =>
  (['settings', 'destination'] as const).flatMap((half) =>
    Object.entries<{ format?: string }>(provider[half].properties).flatMap(([name, { format }]) =>
      format === 'http-url' || ['server', 'topic', 'port'].includes(name) ? [{ provider, half, name }] : [],
    ),
  ),
)

const BAD: Record<string, unknown[]> = {
  'settings server mqtt': ['mqtt://lan.test:0', 'mqtts://lan.test:00', 'mqtt://lan.test:65536', 'mqtt://[fd00::1]:0'],
  'settings port smtp': [0, 65_536],
}
const WEB = ['http://lan.test:0', 'https://lan.test:0/path?q#f', 'http://[fd00::1]:0/', 'http://lan.test:000/x', 'http://1.1.1.1:0?a=b/c']

describe('port 0', () => {
  it.each(fields.map((field) => [`${field.provider.id}: ${field.half} ${field.name}`, field] as const))(
    'is refused in %s',
    async (_name, { provider, half, name }) => {
      if (['mqtt', 'zulip', 'fcm'].includes(provider.id) && name === 'topic') return // no address
      for (const value of BAD[`${half} ${name} ${provider.id}`] ?? WEB) {
        const given = { ...forms[provider.id]?.[half], [name]: value } as JsonObject
        const saving = checkForm({ schema: provider[half], rules: (form) => provider.check({ [half]: form, own: true }) }, given, `/${half}`)
        const error = await saving.then(
          () => null,
          (thrown: unknown) => thrown,
        )
        if (!(error instanceof CarillonError)) throw new Error(`${String(value)} was saved`)
        const named = error.errors.filter(({ pointer }) => pointer === `/${half}/${name}`)
        expect(named, String(value)).not.toEqual([])
        expect(named.filter(({ message }) => message.includes('port from')).length, 'said once').toBeLessThan(2)
      }
    },
  )

  it('is refused in an Apprise URL', async () => {
    const provider = providers.find(({ list }) => list !== undefined)!
    for (const url of ['jsons://lan.test:0/x', 'mailto://ana:pw@lan.test:0/?to=a@b.example', 'xml://lan.test:0', 'ntfy://user:0@lan.test:0/x'])
      await expect(checkForm({ schema: provider.destination, rules: () => [] }, { urls: ['jsons://ok.test/x', url] }, ''), url).rejects.toMatchObject({
        code: 'invalid_field',
        errors: [{ pointer: '/urls/1', message: 'must have a port from 1 to 65535' }],
      })
    for (const url of ['jsons://lan.test:1/x', 'ntfy://user:0@lan.test/x', 'json://lan.test/a:0', 'json://lan.test/?a=b:0'])
      await expect(checkForm({ schema: provider.destination, rules: () => [] }, { urls: [url] }, ''), url).resolves.toBeDefined()
  })

  it('is refused in the key file of an account', () => {
    const fcm = providers.find(({ id }) => id === 'fcm')!
    const { settings, destination } = forms['fcm']!
    const file = JSON.parse(String(settings!['serviceAccount'])) as JsonObject
    const problems = (uri: string) => fcm.check({ settings: { serviceAccount: JSON.stringify({ ...file, token_uri: uri }) }, destination })
    expect(problems('https://lan.test:0/token')).toMatchObject([{ pointer: '/settings/serviceAccount' }])
    expect(problems('https://lan.test/token')).toEqual([])
  })
})
