import { expect, it } from 'vitest'
import { createLog } from './log.ts'

function logged(write: (log: ReturnType<typeof createLog>) => void): string {
  let lines = ''
  write(
    createLog('debug', {
      write(line) {
        lines += line
      },
    }),
  )
  return lines
}

it('writes one JSON line with the level as a word and the time in ISO 8601', () => {
  const line = JSON.parse(logged((log) => log.info({ delivery: 'dlv_1' }, 'sent')))
  expect(line).toMatchObject({ level: 'info', delivery: 'dlv_1', msg: 'sent' })
  expect(line.time).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/)
})

it('shows no secret, whether it stands in a field, in a text or in an error', () => {
  const secrets = ['ck_abcdefgh_S3cretOfAnApiKeyS3cretOfAnApiKey', 'whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw', 'hunter2hunter2', 'tok.en-of.a-person', 'p4ss']
  const text = logged((log) => {
    log.info({ password: 'hunter2hunter2', connection: { settings: { host: 'x', password: 'hunter2hunter2' } } }, 'saved')
    log.warn(`called with Bearer tok.en-of.a-person and ${secrets[0]} and ${secrets[1]}`)
    log.error({ err: new Error('GET https://ana:p4ss@example.com/ failed') }, 'it failed')
  })
  for (const secret of secrets) expect(text).not.toContain(secret)
  expect(text).toContain('ck_abcdefgh_********')
  expect(text).toContain('example.com')
})
