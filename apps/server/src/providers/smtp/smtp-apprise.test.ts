import { expect, it } from 'vitest'
import { parseAppriseUrl } from '../kit/apprise-url.ts'
import { smtp } from './smtp.ts'

it.each<[string, object | string]>([
  [
    'mailtos://ana:s3cret@example.org:465?mode=ssl&name=Bells&to=ben@example.org',
    {
      settings: { host: 'example.org', port: 465, security: 'tls', from: '"Bells" <ana@example.org>', username: 'ana', password: 's3cret' },
      destination: { address: 'ben@example.org' },
    },
  ],
  [
    'mailto://ana%40example.org:s3cret@x.example/ben@example.org/cem@example.org?smtp=mail.x.example&from=hub@x.example&cc=dia@example.org&reply=help@x.example',
    {
      settings: {
        host: 'mail.x.example',
        port: 587,
        security: 'starttls',
        from: 'hub@x.example',
        username: 'ana@example.org',
        password: 's3cret',
        replyTo: 'help@x.example',
      },
      destination: { to: ['ben@example.org', 'cem@example.org'], cc: ['dia@example.org'], bcc: [] },
    },
  ],
  [
    'mailto://localhost:25?from=hub@x.example',
    { settings: { host: 'localhost', port: 25, security: 'none', from: 'hub@x.example' }, destination: { address: 'hub@x.example' } },
  ],
  [
    'mailto://x.example?from=Bells%20%3Chub@x.example%3E',
    { settings: { host: 'x.example', port: 587, security: 'starttls', from: '"Bells" <hub@x.example>' }, destination: { address: 'hub@x.example' } },
  ],
  ['mailto://example.org/ben@example.org', 'The URL names no sender: give a user name or ?from='],
  ['mailto://ana:x@example.org/ben', 'ben is not a mail address'],
  ['mailto://ana:x@example.org?mode=plain', 'mode must be starttls, ssl or insecure, not plain'],
])('reads %s', (text, expected) => expect(smtp.apprise?.parse(parseAppriseUrl(text)!)).toEqual(expected))
