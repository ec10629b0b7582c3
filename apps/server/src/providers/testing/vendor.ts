import { afterAll, afterEach, beforeEach } from 'vitest'
import type { JsonObject } from '../../domain/json.ts'
import type { Message } from '../../domain/message.ts'
import { createOutbound, parseAllowList } from '../../security/outbound.ts'
import { parseAppriseUrl } from '../kit/apprise-url.ts'
import type { Provider, Receipt } from '../kit/contract.ts'
import type { Option } from '../kit/fields.ts'
import { createHttp } from '../kit/http.ts'
import { exampleMessage, NOW } from './message.ts'
import { type Received, type Reply, type Script, startReceiver } from './receiver.ts'

/** A fake vendor on a local server, for behaviour specific to one provider. `given` gets the server's address. */
export function playVendor(provider: Provider, given: (url: string) => { settings: JsonObject; destination: JsonObject }) {
  const http = createHttp({ outbound: createOutbound({ allow: parseAllowList('127.0.0.1') }), clock: () => NOW })
  let server: Awaited<ReturnType<typeof startReceiver>>
  beforeEach(async () => {
    server = await startReceiver()
  })
  afterEach(() => server.close())
  afterAll(() => http.close())
  return {
    /** For a job that `send` cannot build. */
    http,
    url: () => server.url,
    requests: (): Received[] => server.requests,
    answer: (script: Script) => server.respond(script),
    /** One response per request; the last one is repeated. */
    answers(...replies: Reply[]) {
      server.respond(() => replies[Math.min(server.requests.length, replies.length) - 1]!)
    },
    send(message: Partial<Message> = {}, changes: { settings?: JsonObject; destination?: JsonObject } = {}): Promise<Receipt> {
      const { settings, destination } = given(server.url)
      return provider.send({
        settings: { ...settings, ...changes.settings },
        destination: { ...destination, ...changes.destination },
        message: exampleMessage(message),
        delivery: { id: 'dlv_1', attempt: 1, createdAt: NOW },
        http,
        clock: () => NOW,
      })
    },
    /** A live list, requested with the form of `given`. */
    list(name: string, changes: { settings?: JsonObject; destination?: JsonObject } = {}): Promise<Option[]> {
      const { settings, destination } = given(server.url)
      const list = provider.options?.[name]
      if (list === undefined) throw new Error(`${provider.id} has no list ${name}`)
      return list.list({ settings: { ...settings, ...changes.settings }, destination: { ...destination, ...changes.destination }, http, clock: () => NOW })
    },
    verify: () => provider.verify?.({ settings: given(server.url).settings, http, clock: () => NOW }),
  }
}

/** The result of a pasted Apprise URL. */
export function pasted(provider: Provider, text: string) {
  const url = parseAppriseUrl(text)
  if (!url || !provider.apprise?.schemes.includes(url.scheme)) throw new Error(`${text} is no URL of ${provider.id}`)
  return provider.apprise.parse(url)
}
