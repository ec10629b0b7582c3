import { describe, expect, it } from 'vitest'
import { DeliveryError, type DeliveryErrorOptions } from '../providers/kit/delivery-error.ts'
import { blameFor, likenessOf } from './likeness.ts'

const of = (
  message: string,
  destination = {},
  options: DeliveryErrorOptions = {},
  failure: 'rejected' | 'temporary' | 'unreachable' | 'misconfigured' = 'rejected',
) => likenessOf(new DeliveryError(failure, message, { status: 550, code: 'smtp_550', ...options }), destination)

describe('the likeness of an answer', () => {
  it.each([
    ['550 <ana@example.org>: no', '550 <ben.long.name@example.net>: no'],
    ['550 5.7.0 blocked a1-20020si123.45 - gsmtp', '550 5.7.0 blocked b9-7f3si9.1 - gsmtp'],
    ['Refused, request 0a1b2c3d-0000-4000-8000-000000000000', 'Refused, request ffff2c3d-1111-4000-8000-00000000ffff'],
    ['no: see https://x.example/a', 'no: see https://x.example/b?c=d'],
  ])('is the same of %s and %s', (one, other) => expect(of(one)).toBe(of(other)))

  it('has nothing of the destination in it', () => {
    expect(of('channel team-alpha refused', { channel: 'team-alpha' })).toBe(of('channel team-beta refused', { channel: 'team-beta' }))
  })

  it('has no part of the destination either, nor its letters', () => {
    const team = (name: string) => of(`refused team-${name}`, { group: 'team', channel: `team-${name}` })
    expect(team('alpha')).toBe(team('beta'))
    // Of a value of one or two letters every word would be full of marks.
    expect(of('a policy', { thread: 'a' })).toBe(of('a policy', { thread: 'b' }))
  })

  it('is that of its beginning, in any case of letters, without what stands in angle brackets', () => {
    const long = 'the policy of this server '.repeat(5)
    expect(of(`${long} one`)).toBe(of(`${long} other`))
    expect(of('No Such Policy')).toBe(of('no such policy'))
    expect(of('no policy for <Ana Lovelace>')).toBe(of('no policy for <Ben>'))
  })

  it('differs where words or codes do', () => {
    expect(of('550 policy')).not.toBe(of('550 other policy'))
    expect(of('550 policy')).not.toBe(of('550 policy', {}, { code: 'smtp_554' }))
  })

  it('is null where a refusal says nothing of the connection', () => {
    for (const answer of [of('x', {}, {}, 'temporary'), of('x', {}, { status: undefined }), of('x', {}, { status: 413 }), of('x', {}, { about: 'message' })])
      expect(answer).toBeNull()
    expect(of('x', {}, {}, 'misconfigured')).toBeNull()
    expect(of('x', {}, { scope: 'message' }, 'misconfigured')).not.toBeNull()
    expect(of('x', {}, {}, 'unreachable')).not.toBeNull()
  })
})

describe('the blame for an answer', () => {
  const row = (blamed: boolean, ...events: string[]) => ({
    likeness: 'x',
    blamed,
    refused: events.map((event, n) => ({ destination: `dst_${n}`, delivery: `dlv_${n}`, event })),
  })
  const next = (likeness: string, { event = 'evt_1', ofRecipient = false } = {}) => ({ likeness, event, ofRecipient })

  it('is the connection’s while a full row of it is remembered; one message alone never blames it twice', () => {
    expect(blameFor(row(true, 'evt_1', 'evt_2'), next('x'))).toBe('connection')
    expect(blameFor(row(true, 'evt_1', 'evt_1'), next('x'))).toBe('message')
    expect(blameFor(row(true, 'evt_1', 'evt_1'), next('x', { event: 'evt_2' }))).toBe('connection')
  })

  it('is never the connection’s alone when the answer names the recipient', () => {
    expect(blameFor(row(true, 'evt_1', 'evt_2'), next('x', { ofRecipient: true }))).toBe('message')
  })

  it('is nobody’s with another answer, before the row is full, or without one', () => {
    expect([blameFor(row(true, 'evt_1'), next('y')), blameFor(row(false, 'evt_1'), next('x')), blameFor(undefined, next('x'))]).toEqual([null, null, null])
  })
})
