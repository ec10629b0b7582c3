import { describe, expect, it } from 'vitest'
import { createFormCheck } from '../forms/form-check.ts'
import { providers } from '../providers/index.ts'
import { createAddressHash } from './address-hash.ts'
import { createAppriseUrls } from './apprise-urls.ts'
import { createReached } from './reached.ts'

const addressHash = createAddressHash(providers)
const reached = createReached(addressHash, createAppriseUrls(providers, createFormCheck()))
const hashes = (channel: string, destination: { address: string } | { urls: string[] }) => reached(channel, destination).map(({ hash }) => hash)
const mail = (address: string) => hashes('email', { address })
const pasted = (url: string) => hashes('apprise', { urls: [url] })
const mailboxes = (address: string) => reached('email', { address }).map(({ mailbox }) => mailbox)
const ana = mail('ana@example.com')

describe('the addresses that a destination reaches', () => {
  it.each(['Ana@Example.COM', 'ANA@example.com'])('are one for the spelling %s', (spelling) => expect(mail(spelling)).toEqual(ana))

  it('are one for a domain and its ASCII form', () => expect(mail('ana@bücher.example')).toEqual(mail('ana@xn--bcher-kva.example')))

  it.each([
    ['ana@example.com', 'ana+1@example.com', 'ANA+a+b@Example.com', 'a\uff4ea@example.com'],
    ['jos\u00e9@example.com', 'jose\u0301@example.com', 'Jose\u0301+x@example.com'],
    ['ana.b@gmail.com', 'anab+x@gmail.com', 'A.N.A.B@googlemail.com'],
  ])('count for limits as one mailbox: %s', (first, ...others) => {
    for (const other of others) expect([other, mailboxes(other)]).toEqual([other, mailboxes(first)])
    expect(new Set([first, ...others].flatMap(mail)).size, 'and are addresses of their own').toBeGreaterThan(1)
  })

  it.each(['a.na@example.com', 'anna@example.com', '+1@example.com', '+2@example.com', 'ana@example.org'])('do not count as that mailbox: %s', (other) =>
    expect(mailboxes(other)).not.toEqual(mailboxes('ana@example.com')),
  )

  it.each(['ana+list@example.com', 'a.na@example.com'])('are others where the mail server decides: %s', (other) => expect(mail(other)).not.toEqual(ana))

  it.each(['mailto://me:secret@example.org?to=ana@example.com', 'mailtos://me:secret@example.org/ana@example.com?name=another'])(
    'are those that a pasted URL means: %s',
    (url) => expect(pasted(url)).toEqual(ana),
  )

  it('are all recipients of a mail', () =>
    expect(pasted('mailto://me:secret@example.org?to=ana@example.com,ben@example.com').toSorted()).toEqual([...ana, ...mail('ben@example.com')].toSorted()))

  it('are the URL itself where no provider of the hub knows the scheme', () =>
    expect(pasted('other://place')).toEqual([addressHash('apprise', { urls: ['other://place'] })]))
})
