import { expect, it } from 'vitest'
import { startTestHub } from '../../src/testing.ts'

it('takes a public web address as a destination, and refuses a private one with the value to add', async () => {
  const hub = await startTestHub({ env: { CARILLON_OUTBOUND_ALLOW: '' } })
  try {
    const me = hub.client('ana').me
    await hub.client().users.put('ana', {})
    // Literals: what is tested must not depend on a resolver.
    expect(await me.putDestination('webhook', { url: 'https://1.1.1.1/hook' })).toMatchObject({ channel: 'webhook', body: { url: 'https://1.1.1.1/hook' } })
    expect(await me.putDestination('webhook', { url: 'http://1.1.1.1/hook' })).toMatchObject({ channel: 'webhook' })
    await expect(me.putDestination('webhook', { url: 'https://10.1.2.3/hook' })).rejects.toMatchObject({
      code: 'address_not_allowed',
      message: expect.stringContaining('10.1.2.3'),
    })
  } finally {
    await hub.stop()
  }
})
