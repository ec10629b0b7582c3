import fc from 'fast-check'
import { Webhook } from 'standardwebhooks'
import { describe, expect, it } from 'vitest'
import { generateWebhookSecret, signWebhook, webhookKey } from './signatures.ts'

const oracleHeaders = (id: string, timestamp: number, signature: string) => ({
  'webhook-id': id,
  'webhook-timestamp': String(timestamp),
  'webhook-signature': signature,
})

describe('webhook signatures', () => {
  it('signs the published example', () => {
    const key = webhookKey('whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw')
    const signature = signWebhook([key], 'msg_p5jXN8AQM9LWM0D4loKWxJek', 1614265330, '{"test": 2432232314}')
    expect(signature).toBe('v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=')
  })

  it('is what the official library computes, for any body and id', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), fc.uuid(), fc.integer({ min: 1, max: 4_000_000_000 }), (text, id, timestamp) => {
        const body = text.toWellFormed()
        const secret = generateWebhookSecret()
        expect(signWebhook([webhookKey(secret)], id, timestamp, body)).toBe(new Webhook(secret).sign(id, new Date(timestamp * 1000), body))
      }),
      { numRuns: 500 },
    )
  })

  it('is accepted with either secret while they rotate, and with no other', () => {
    const [next, old, stranger] = [generateWebhookSecret(), generateWebhookSecret(), generateWebhookSecret()]
    const now = Math.floor(Date.now() / 1000)
    const signature = signWebhook([webhookKey(next), webhookKey(old)], 'dlv_1', now, '{"a":1}')
    for (const secret of [next, old]) expect(new Webhook(secret).verify('{"a":1}', oracleHeaders('dlv_1', now, signature))).toEqual({ a: 1 })
    expect(() => new Webhook(stranger).verify('{"a":1}', oracleHeaders('dlv_1', now, signature))).toThrow()
    expect(() => new Webhook(next).verify('{"a":2}', oracleHeaders('dlv_1', now, signature))).toThrow()
  })

  it('signs the bytes of a Buffer, also when they are no text', () => {
    const key = webhookKey(generateWebhookSecret())
    expect(signWebhook([key], 'x', 1, Buffer.from([0xff, 0xfe]))).not.toBe(signWebhook([key], 'x', 1, Buffer.from([0xff, 0xfe]).toString()))
  })

  it.each([
    '',
    'whsec_',
    'whsec_AAAA',
    'secret',
    `whsec_${Buffer.alloc(23).toString('base64')}`,
    `whsec_${Buffer.alloc(65).toString('base64')}`,
    'whsec_*'.padEnd(40, '*'),
  ])('refuses the secret %j without quoting it', (secret) => {
    expect(() => webhookKey(secret)).toThrow(/24 to 64 bytes/)
  })
})
