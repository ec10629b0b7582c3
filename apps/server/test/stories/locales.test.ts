import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { engines } from '../setup/engines.ts'
import { openWorld, partsOf, type World } from './world.ts'

describe.each(engines)('locales (%s)', (engine) => {
  let world: World
  beforeAll(async () => {
    world = await openWorld(engine)
    await world.client().eventTypes.put('parcel.arrived', {
      locale: 'de',
      templates: {
        default: { title: 'Paket da', body: 'Abholen bis {{ data.until | date: "%d.%m." }}' },
        email: { subject: 'Ihr Paket ist da' },
        locales: {
          fr: { default: { title: 'Colis arrivé', body: 'À retirer' }, email: { subject: 'Votre colis est arrivé' } },
          'fr-CA': { default: { title: 'Colis arrivé, tabarnouche' } },
          en: { default: { title: 'Parcel arrived', body: 'Collect it' } },
        },
      },
    })
  })
  afterEach(() => world.atRest())
  afterAll(() => world.stop())

  it.each([
    ['fr-CA', 'Colis arrivé, tabarnouche', 'À retirer'],
    ['fr-BE', 'Colis arrivé', 'À retirer'],
    ['FR', 'Colis arrivé', 'À retirer'],
    ['en-GB', 'Parcel arrived', 'Collect it'],
    ['es', 'Paket da', 'Abholen bis 24.12.'],
    [undefined, 'Paket da', 'Abholen bis 24.12.'],
  ])('%s reads "%s"', async (locale, title, body) => {
    const user = `reader-${locale ?? 'none'}`
    await world.client().events.report({
      type: 'parcel.arrived',
      to: [{ user, email: `${user}@example.com`.toLowerCase(), ...(locale && { locale }) }],
      data: { until: '2026-12-24T12:00:00Z' },
    })
    await world.atRest()
    expect((await world.client(user).inbox.list()).items).toMatchObject([{ title, body }])
    const [mail] = world.mailsTo(`${user}@example.com`.toLowerCase())
    expect(partsOf(mail!)['text/plain']).toContain(body)
  })

  it('never combine a subject and a text of different languages', async () => {
    const subjects = Object.fromEntries(world.mail.mails.map(({ to, headers }) => [to[0]!.split('@')[0], decodeHeader(headers['subject'] ?? '')]))
    expect(subjects).toEqual({
      'reader-fr-ca': 'Colis arrivé, tabarnouche',
      'reader-fr-be': 'Votre colis est arrivé',
      'reader-fr': 'Votre colis est arrivé',
      'reader-en-gb': 'Parcel arrived',
      'reader-es': 'Ihr Paket ist da',
      'reader-none': 'Ihr Paket ist da',
    })
  })

  it('fall back to English when the event type’s own locale has no text', async () => {
    await world.client().eventTypes.put('only.english', { locale: 'it', templates: { locales: { en: { default: { title: 'English only' } } } } })
    await world.client().events.report({ type: 'only.english', to: [{ user: 'ugo', locale: 'it-CH' }] })
    await world.atRest()
    expect((await world.client('ugo').inbox.list()).items).toMatchObject([{ title: 'English only' }])
  })

  it('follow the user: the inbox uses their current locale', async () => {
    const hub = world.client()
    await hub.users.put('ugo', { locale: 'fr' })
    await hub.events.report({ type: 'parcel.arrived', to: ['ugo'] })
    await world.atRest()
    const title = async () => (await world.client('ugo').inbox.list({ type: 'parcel.arrived' })).items[0]?.title
    expect(await title()).toBe('Colis arrivé')
    await hub.users.put('ugo', { locale: 'en' })
    expect(await title()).toBe('Parcel arrived')
  })
})

/** RFC 2047 words, as far as the hub's mails use them. */
const decodeHeader = (text: string): string =>
  text.replace(/\?= =\?/g, '?==?').replace(/=\?utf-8\?(q|b)\?([^?]*)\?=/gi, (_, kind: string, word: string) =>
    kind.toLowerCase() === 'b'
      ? Buffer.from(word, 'base64').toString()
      : Buffer.from(
          word.replaceAll('_', ' ').replace(/=([0-9A-F]{2})/gi, (_hex, hex: string) => String.fromCharCode(Number.parseInt(hex, 16))),
          'latin1',
        ).toString(),
  )
