import { describe, expect, it } from 'vitest'
import { refuseMovedSecrets } from './kept-secrets.ts'

const stored = { settings: { server: 'https://a.example', token: 'real' }, destination: { topic: 'alerts', secret: 'mine' } }

describe('a kept secret', () => {
  it('stays with a server that did not change', () => {
    const given = { settings: { server: 'https://a.example', token: '********' }, destination: { topic: 'builds', secret: '********' } }
    const whole = { settings: stored.settings, destination: { topic: 'builds', secret: 'mine' } }
    expect(() => refuseMovedSecrets(given, whole, stored)).not.toThrow()
  })

  it('does not follow to another server, whichever half names it', () => {
    const given = { settings: { server: 'https://b.example', token: 'new' }, destination: { topic: 'alerts', secret: '********' } }
    const whole = { settings: given.settings, destination: stored.destination }
    expect(() => refuseMovedSecrets(given, whole, stored)).toThrow('/destination/secret: must be sent again, because `server` changed')
    const elsewhere = { settings: { ...stored.settings, token: '********' }, destination: { topic: 'https://b.example/x' } }
    expect(() => refuseMovedSecrets(elsewhere, { ...elsewhere, settings: stored.settings }, stored)).toThrow('/settings/token: must be sent again')
  })

  it('is found inside lists', () => {
    const given = { settings: { server: 'https://b.example' }, destination: { urls: ['ntfy://a', '********'] } }
    expect(() => refuseMovedSecrets(given, given, stored)).toThrow('/destination/urls/1: must be sent again')
  })

  it('may itself be the address', () => {
    const kept = { settings: {}, destination: { url: 'https://sms.example/?key=1', password: 'p' } }
    const given = { settings: {}, destination: { url: '********', password: '********' } }
    expect(() => refuseMovedSecrets(given, kept, kept)).not.toThrow()
  })
})
