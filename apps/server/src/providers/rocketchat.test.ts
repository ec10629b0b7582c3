import { describe, expect, it } from 'vitest'
import { rocketchat } from './rocketchat.ts'
import { describeProvider } from './testing/describe-provider.ts'
import { pasted, playVendor } from './testing/vendor.ts'

const given = (url: string) => ({
  settings: { alias: 'Carillon', emoji: ':bell:' },
  destination: { webhookUrl: `${url}/hooks/64f0a1b2/s3cretToken`, channel: '#ops' },
})

describeProvider(rocketchat, {
  given,
  sends: {
    path: '/hooks/64f0a1b2/s3cretToken',
    json: {
      alias: 'Carillon',
      emoji: ':bell:',
      channel: '#ops',
      text: '*<https://ci.example/7|Build 7 failed>*',
      attachments: [
        { color: '#d63a2f', text: 'main is **red**\n\n<https://ci.example/7/log|Open>', fields: [{ short: true, title: 'Branch', value: 'main' }] },
      ],
    },
  },
  accepted: { reply: { body: { success: true } }, receipt: {} },
  exact: true,
  lies: [{ success: false }],
  failures: { 401: 'unreachable' },
  limits(request) {
    const { text, attachments } = request.json() as { text: string; attachments: { text: string }[] }
    return [{ text: text + attachments.map((one) => one.text).join(''), limit: 5300, unit: 'chars' }]
  },
})

describe('rocketchat', () => {
  const vendor = playVendor(rocketchat, given)

  it.each([
    [200, { success: false, error: 'invalid-channel' }, 'misconfigured'],
    [200, { success: false }, 'rejected'],
    [400, { success: false, error: 'invalid-channel' }, 'misconfigured'],
    [400, { success: false, error: 'error-invalid-payload' }, 'rejected'],
  ])('reads %i %j', async (status, body, failure) => {
    vendor.answer({ status, body })
    const field = failure === 'misconfigured' ? '/destination/channel' : undefined
    await expect(vendor.send()).rejects.toMatchObject({ failure, status, field, message: expect.stringContaining('error' in body ? body.error : '') })
  })

  it('takes another address for no webhook', () => {
    expect(rocketchat.check({ destination: { webhookUrl: 'https://chat.example/hooks/only-one' } })).toMatchObject([{ pointer: '/destination/webhookUrl' }])
  })

  it('reads the URL of Apprise', () => {
    expect(pasted(rocketchat, 'rockets://id1%2Ftok-2@chat.example/ops')).toEqual({
      destination: { webhookUrl: 'https://chat.example/hooks/id1/tok-2', channel: '#ops' },
    })
    expect(pasted(rocketchat, 'rocket://user:pass@chat.example/ops')).toMatch(/Only webhooks/)
    expect(pasted(rocketchat, 'rocket://a%2Fb@chat.example/x/y')).toMatch(/several channels/)
  })
})
