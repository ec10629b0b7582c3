import { Type } from 'typebox'
import { expect, it } from 'vitest'
import { DeliveryError } from '../../providers/kit/delivery-error.ts'
import { createHttp } from '../../providers/kit/http.ts'
import { createOutbound, parseAllowList } from '../../security/outbound.ts'
import { createLiveOptions } from './live-options.ts'

/** A list at a server that the destination names. */
const list = {
  settings: Type.Object({}),
  destination: Type.Object({ url: Type.String() }),
  list: async ({ destination, http }: Parameters<Parameters<ReturnType<typeof createLiveOptions>>[0]['list']>[0]) => {
    await http.request(String(destination['url']), { method: 'GET' })
    return []
  },
}

it.each(['refused', 'tls', 'timeout', 'dns', 'address_not_allowed'])('says to a person the same of every failure of the network: %s', async (code) => {
  const nothing = () => Promise.reject(new DeliveryError('temporary', 'http://10.0.0.1:22 says what it is', { code }))
  const options = createLiveOptions({ http: () => ({ request: nothing, dial: nothing, mayHandOver: nothing }), clock: Date.now })
  const ask = (namedBy: 'application' | 'person') => options(list, {}, { url: 'http://lan.test' }, namedBy)
  await expect(ask('person')).rejects.toMatchObject({ code: 'vendor_refused', message: 'could not be reached', errors: [{ message: 'could not be reached' }] })
  await expect(ask('application')).rejects.toMatchObject({ message: 'http://10.0.0.1:22 says what it is' })
})

it('asks no private server for a person, and the settings of the operator for everybody', async () => {
  const door = createHttp({ outbound: createOutbound({ allow: parseAllowList('127.0.0.1') }) })
  const options = createLiveOptions({ http: door.for, clock: Date.now })
  const url = 'http://127.0.0.1:1'
  await expect(options(list, {}, { url }, 'person')).rejects.toMatchObject({ message: 'could not be reached' })
  await expect(options(list, {}, { url }, 'application')).rejects.toMatchObject({ message: expect.stringContaining('refused the connection') })
  await door.close()
})
