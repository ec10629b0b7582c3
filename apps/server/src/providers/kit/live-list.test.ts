import type { TObject } from 'typebox'
import { afterAll, beforeEach, describe, expect, it } from 'vitest'
import type { JsonObject } from '../../domain/json.ts'
import { createOutbound, parseAllowList } from '../../security/outbound.ts'
import { providers } from '../index.ts'
import { NOW } from '../testing/message.ts'
import { startReceiver } from '../testing/receiver.ts'
import type { LiveList } from './contract.ts'
import { DeliveryError } from './delivery-error.ts'
import { createHttp } from './http.ts'
import { trustSettings } from './trust.ts'

const SECRET = 's3cret-A1b2C3d4'
const lists = providers.flatMap(({ id, options = {} }) => Object.entries(options).map(([name, list]): [string, LiveList] => [`${id} ${name}`, list]))

describe.each(lists)('the live list %s', async (_, list) => {
  const vendor = await startReceiver()
  const http = createHttp({ outbound: createOutbound({ allow: parseAllowList('127.0.0.1') }), clock: () => NOW })
  const filled = ({ properties }: TObject): JsonObject =>
    Object.fromEntries(
      Object.entries(properties)
        .filter(([name]) => !Object.hasOwn(trustSettings, name))
        .map(([name, field]) => [name, Reflect.get(field, 'format') === 'http-url' ? vendor.url : SECRET]),
    )
  const ask = () => list.list({ settings: filled(list.settings), destination: filled(list.destination), http, clock: () => NOW })
  beforeEach(() => {
    vendor.requests.length = 0
  })
  afterAll(async () => {
    await http.close()
    await vendor.close()
  })

  it.each(['', '[]', 'null', '7', '{"devices":7,"records":{},"tags":null,"sounds":[]}', '[null,7,{}]'])('makes nothing of %s', async (body) => {
    vendor.respond({ body })
    expect(await ask()).toEqual([])
  })

  it.each([401, 403, 404, 429, 500, 503])('refuses with %i and without a secret', async (status) => {
    vendor.respond({ status, body: { error: `No ${SECRET}`, errors: [`No ${SECRET}`], errorMessage: `No ${SECRET}` } })
    const error = await ask().catch((thrown: unknown) => thrown)
    if (!(error instanceof DeliveryError)) throw new Error(`expected a DeliveryError, got ${String(error)}`)
    expect(error).toMatchObject({ status, failure: status === 429 || status >= 500 ? 'temporary' : expect.stringMatching(/^(unreachable|misconfigured)$/) })
    expect(error.message).not.toContain(SECRET)
  })

  it('is not asked with a form that lacks what it needs', async () => {
    await expect(list.list({ settings: { apiUrl: 7 }, destination: {}, http, clock: () => NOW })).rejects.toThrow(DeliveryError)
    expect(vendor.requests).toEqual([])
  })
})
