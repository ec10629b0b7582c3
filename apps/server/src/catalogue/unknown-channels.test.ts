import { expect, it } from 'vitest'
import { anEventType } from '../domain/testing/samples.ts'
import { unknownChannels } from './unknown-channels.ts'

const KNOWN = ['in_app', 'email', 'mobile_push']
const look = { title: 'x' }

it('names every channel that does not exist, wherever an event type names one', () => {
  const eventType = anEventType({
    channels: { emial: true, email: true, in_app: false },
    locked: ['in_app', 'mobilepush'],
    templates: { default: look, email: look, defualt: look, locales: { de: { default: look, e_mail: look, locales: look }, fr: { carrier_pigeon: look } } },
  })
  expect(unknownChannels(eventType, KNOWN)).toEqual([
    { pointer: '/channels/emial', message: 'is not a known channel (did you mean email?)' },
    { pointer: '/locked/1', message: 'is not a known channel (did you mean mobile_push?)' },
    { pointer: '/templates/defualt', message: 'is not a known channel (did you mean default?)' },
    { pointer: '/templates/locales/de/e_mail', message: 'is not a known channel (did you mean email?)' },
    { pointer: '/templates/locales/de/locales', message: 'is not a known channel' },
    { pointer: '/templates/locales/fr/carrier_pigeon', message: 'is not a known channel' },
  ])
})

it('finds nothing in an event type that names no channel', () => {
  expect(unknownChannels(anEventType({ templates: { default: look } }), KNOWN)).toEqual([])
})
