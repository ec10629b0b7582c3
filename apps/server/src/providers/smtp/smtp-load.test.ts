import { describe, expect, it } from 'vitest'
import { smtpError } from './smtp-errors.ts'
import { createSmtpPool, SmtpFailure } from './smtp-pool.ts'
import { FROM, smtpRig } from './testing/rig.ts'

/** A library whose first load fails, as when its file was replaced. */
function failsOnce() {
  let loads = 0
  return async () => {
    if (++loads === 1) throw Object.assign(new Error('Cannot find module'), { code: 'ERR_MODULE_NOT_FOUND' })
    return import('nodemailer')
  }
}

describe('smtp: the library that is loaded on demand', () => {
  const { closing, door, serve } = smtpRig()
  const mail = { from: FROM, to: 'ana@example.org', text: 'x' }

  it('a failed load is ours, not the server’s, and the next mail is sent', async () => {
    const { port, mails } = await serve()
    const pool = createSmtpPool({ host: '127.0.0.1', port, security: 'none' }, door(), { load: failsOnce() })
    closing.push(() => pool.close())
    const error = await pool.send(mail).catch((thrown: unknown) => thrown)
    if (!(error instanceof SmtpFailure)) throw error
    expect(smtpError(error.error, 'mail.test:25', error.sent)).toMatchObject({
      failure: 'temporary',
      code: 'provider_bug',
      scope: 'message',
      maybeDelivered: false,
    })
    await pool.send(mail)
    expect(mails).toHaveLength(1)
  })

  it('a pool whose library was never there is closed without an unhandled rejection', async () => {
    const unhandled: unknown[] = []
    const note = (error: unknown) => void unhandled.push(error)
    process.on('unhandledRejection', note)
    try {
      const pool = createSmtpPool({ host: '127.0.0.1', port: 1, security: 'none' }, door(), { load: failsOnce() })
      const verified = pool.verify()
      pool.close()
      await expect(verified).rejects.toMatchObject({ code: 'provider_bug' })
      pool.close()
      await new Promise((turn) => setImmediate(turn))
      expect(unhandled).toEqual([])
    } finally {
      process.off('unhandledRejection', note)
    }
  })
})
