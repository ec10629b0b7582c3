import { expect, it, vi } from 'vitest'
import { mimeOf } from './compose-mail.ts'

it('a mail as a MIME text is written after a load of the library that failed', async () => {
  const from = { name: 'Bells', address: 'hub@carillon.example' }
  const mail = { from, messageId: '<1@carillon.example>', to: 'ana@example.org', text: 'x' }
  vi.doMock('nodemailer', () => {
    throw new Error('gone')
  })
  await expect(mimeOf(mail)).rejects.toMatchObject({ code: 'provider_bug' })
  vi.doUnmock('nodemailer')
  expect(String(await mimeOf(mail))).toContain('To: ana@example.org')
})
