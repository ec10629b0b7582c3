import { describe, expect, it } from 'vitest'
import type { JsonObject } from '../domain/json.ts'
import { keepMasked } from '../security/secret-fields.ts'
import { keepOwnSecrets, keepSecrets } from './kept-secrets.ts'

const secret: object = { 'x-secret': true }
const secrets: object = { items: secret }
const schema = { properties: { token: secret, password: secret, address: secret, url: secret, urls: secrets } }
const stored = { settings: { server: 'https://a.example', token: 'real' }, destination: { topic: 'alerts', token: 'mine', urls: ['ntfy://a', 'ntfy://b'] } }
const keep = (settings: JsonObject, destination: JsonObject, saved: Parameters<typeof keepSecrets>[3] = stored) =>
  keepSecrets({ keep: keepMasked }, { settings: schema, destination: schema }, { settings, destination }, saved)

describe('a kept secret', () => {
  it('stays with a server that did not change', () => {
    expect(keep({ server: 'https://a.example', token: '********' }, { topic: 'builds', token: '********' })).toEqual({
      settings: stored.settings,
      destination: { topic: 'builds', token: 'mine' },
    })
  })

  it('does not follow to another server, whichever half names it', () => {
    const moved = { server: 'https://b.example', token: 'new' }
    expect(() => keep(moved, { topic: 'alerts', token: '********' })).toThrow('/destination/token: must be sent again, because `server` changed')
    expect(() => keep({ ...stored.settings, token: '********' }, { topic: 'https://b.example/x' })).toThrow('/settings/token: must be sent again')
    expect(keep(moved, { topic: 'alerts', token: 'newer' }).destination).toEqual({ topic: 'alerts', token: 'newer' })
  })

  it('stays with a server that is the default, named or not', () => {
    const form = { properties: { token: secret, server: { default: 'https://a.example' } } }
    const own = (given: JsonObject, saved: JsonObject) => keepOwnSecrets({ keep: keepMasked }, form, given, saved)
    expect(own({ token: '********' }, { server: 'https://a.example', token: 'mine' })).toEqual({ token: 'mine' })
    expect(own({ server: 'https://a.example', token: '********' }, { token: 'mine' })).toMatchObject({ token: 'mine' })
    expect(() => own({ token: '********' }, { server: 'https://b.example', token: 'mine' })).toThrow('/token: must be sent again, because `server` changed')
  })

  it('does not follow to a further topic on another server', () => {
    const to = { topic: 'alerts', token: '********' }
    expect(() => keep(stored.settings, { ...to, topics: ['builds', 'https://b.example/x'] })).toThrow(
      '/destination/token: must be sent again, because `topics`',
    )
    expect(keep(stored.settings, { ...to, topics: ['builds'] }).destination).toEqual({ topic: 'alerts', token: 'mine', topics: ['builds'] })
  })

  it('in a person’s own form does not follow either', () => {
    const saved = { url: 'https://a.example', token: 'mine' }
    const own = (given: JsonObject) => keepOwnSecrets({ keep: keepMasked }, { properties: { token: secret } }, given, saved)
    expect(own({ url: 'https://a.example', token: '********' })).toEqual(saved)
    expect(() => own({ url: 'https://b.example', token: '********' })).toThrow('/token: must be sent again, because `url` changed')
  })

  it('is found inside lists', () => {
    expect(() => keep({ server: 'https://b.example' }, { topic: 'alerts', urls: ['ntfy://c', '********'] })).toThrow('/destination/urls/1: must be sent again')
  })

  it('may itself be the address', () => {
    const saved = { settings: {}, destination: { url: 'https://sms.example/?key=1', password: 'p' } }
    expect(keep({}, { url: '********', password: '********' }, saved)).toEqual(saved)
  })

  it('that the hub made is kept when a form does not mention it', () => {
    const made = { properties: { ...schema.properties, key: { 'x-secret': true, 'x-hidden': true }, id: { 'x-hidden': true } } }
    const saved = { settings: { server: 'https://a.example', key: 'k', id: '1', token: 'real' }, destination: null }
    const kept = (settings: JsonObject) => keepSecrets({ keep: keepMasked }, { settings: made, destination: schema }, { settings, destination: null }, saved)
    expect(kept({ server: 'https://a.example' }).settings).toEqual({ server: 'https://a.example', key: 'k', id: '1' })
    expect(kept({ server: 'https://a.example', key: 'l', id: '2' }).settings).toEqual({ server: 'https://a.example', key: 'l', id: '2' })
    expect(() => kept({ server: 'https://b.example' })).toThrow('/settings/key: must be sent again, because `server` changed')
  })

  it('needs a saved form', () => {
    expect(() => keep({ token: '********' }, {}, null)).toThrow('/settings/token')
  })
})
