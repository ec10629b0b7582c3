import { describe, expect, it } from 'vitest'
import { MASK } from '../domain/secret-fields.ts'
import { providers } from '../providers/index.ts'
import { shownHosts } from './shown-hosts.ts'

type Field = { format?: string; items?: Field; type?: string }
const HOST = 'exаmple.com'
const SHOWN = 'xn--exmple-4nf.com'
const TYPED: { [format: string]: (host: string) => string } = { email: (host) => `me@${host}`, 'http-url': (host) => `https://${host}/дом` }

/** Every form, with a host like another one in each field that names one, and in a text field. */
const forms = providers.flatMap(({ id, settings, destination, sharedDestination }) =>
  Object.entries({ settings, destination, sharedDestination }).flatMap(([half, form]) => (form === undefined ? [] : [[`${id} ${half}`, form] as const])),
)

describe('a form that is shown', () => {
  it.each(forms)('%s: has every host as it may be shown, and all else as it is', (_name, form) => {
    const filled = (host: string) =>
      Object.fromEntries(
        Object.entries(form.properties as Record<string, Field>).map(([name, field]) => {
          const made = (of: Field | undefined) => (TYPED[of?.format ?? ''] ?? (name === 'host' ? String : () => 'имя@дом.example'))(host)
          return [name, field.type === 'array' ? [made(field.items)] : made(field)]
        }),
      )
    expect(shownHosts(form, filled(HOST))).toEqual(filled(SHOWN))
  })

  it('keeps masks, numbers and fields that its schema does not have', () => {
    const schema = { properties: { url: { format: 'http-url' }, n: {} } }
    const value = { url: MASK, n: 7, more: `https://${HOST}` }
    expect(shownHosts(schema, value)).toEqual(value)
  })
})
