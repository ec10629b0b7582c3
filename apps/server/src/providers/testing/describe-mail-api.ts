import { afterAll, afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { JsonObject } from '../../domain/json.ts'
import type { Message } from '../../domain/message.ts'
import { createOutbound, parseAllowList } from '../../security/outbound.ts'
import type { Provider } from '../kit/contract.ts'
import { createHttp } from '../kit/http.ts'
import { exampleMessage, NOW } from './message.ts'
import { type Received, type Receiver, startReceiver } from './receiver.ts'

export interface MailApiExample {
  /** Valid settings for a fake vendor at `url`; the sender is `Bells <hub@carillon.example>`. */
  settings(url: string): JsonObject
  /** All recipients in a request, in the vendor's format. */
  read(request: Received): { to: string[]; cc: string[]; bcc: string[]; subject: string; text: string }
  /** The body in readable form, where it is encoded as a whole. */
  text?(request: Received): string
  /** The vendor's format of a name and an address. */
  mailbox(name: string, address: string): string
  /** Maximum of recipients of one mail, over all three lists. */
  most: number
  /** A mail may have only blind copies; other vendors require a `to`. */
  blindOnly?: boolean
  /** The vendor's responses, and their classification. */
  answers: [what: string, reply: { status: number; headers?: Record<string, string>; body?: object | string }, expected: object][]
}

/** Tests for mail providers over HTTP, in addition to `describeProvider`: recipients, and the classification of responses. */
export function describeMailApi(provider: Provider, example: MailApiExample): void {
  describe(`${provider.id} writes to many`, () => {
    let vendor: Receiver
    const http = createHttp({ outbound: createOutbound({ allow: parseAllowList('127.0.0.1') }), clock: () => NOW })
    beforeEach(async () => {
      vendor = await startReceiver()
    })
    afterEach(() => vendor.close())
    afterAll(() => http.close())
    const send = (destination: JsonObject, changes: Partial<Message> = {}) =>
      provider.send({
        settings: example.settings(vendor.url),
        destination,
        message: exampleMessage(changes),
        delivery: { id: 'dlv_1', attempt: 1, createdAt: NOW },
        http,
        clock: () => NOW,
      })
    const asked = () => {
      expect(vendor.requests).toHaveLength(1)
      const { to, cc, bcc } = example.read(vendor.requests[0]!)
      return { to, cc, bcc }
    }

    it('names everybody in one request, each once and in the right place', async () => {
      await send({ to: ['ana@example.org', 'ben@example.org'], cc: ['cem@example.org', 'ANA@example.org'], bcc: ['dia@example.org'] })
      expect(asked()).toEqual({ to: ['ana@example.org', 'ben@example.org'], cc: ['cem@example.org'], bcc: ['dia@example.org'] })
    })

    it('asks for no automatic answer, whatever the event', async () => {
      for (const priority of ['low', 'urgent'] as const) await send({ to: ['ana@example.org'] }, { priority })
      for (const request of vendor.requests) {
        const body = example.text?.(request) ?? request.body
        expect(body).toMatch(/Auto-Submitted\W+(?:Value\W+|name=\W*)?auto-generated/i)
        expect(body).toMatch(/X-Auto-Response-Suppress\W+(?:Value\W+|name=\W*)?All\b/i)
      }
    })

    it('writes a blind copy into one place of the request and into no header', async () => {
      await send({ to: ['ana@example.org'], bcc: ['dia@example.org'] })
      const body = example.text?.(vendor.requests[0]!) ?? vendor.requests[0]!.body
      expect(body.split(/dia(?:@|%40)example\.org/)).toHaveLength(2)
      expect(body).not.toMatch(/h:bcc|"name":\s*"bcc"/i)
    })

    it('names the sender once when blind copies alone need somebody to be shown', async () => {
      await send({ bcc: ['ana@example.org', 'HUB@carillon.example', 'ben@example.org'] })
      const { to, bcc } = asked()
      expect([...to, ...bcc].filter((one) => /hub@carillon/i.test(one))).toHaveLength(1)
      expect(bcc).toContain('ben@example.org')
    })

    it('shows no blind copy to the others', async () => {
      await send({ to: [], cc: [], bcc: ['ana@example.org', 'ben@example.org'] })
      const to = example.blindOnly ? [] : [example.mailbox('Bells', 'hub@carillon.example')]
      expect(asked()).toEqual({ to, cc: [], bcc: ['ana@example.org', 'ben@example.org'] })
    })

    it('takes copies alone', async () => {
      await send({ cc: ['ana@example.org'], bcc: ['ben@example.org'] })
      const { to, cc, bcc } = asked()
      expect([[...to, ...cc], bcc]).toEqual([['ana@example.org'], ['ben@example.org']])
    })

    it('writes to nobody when nobody is named, or a name is no address', async () => {
      for (const destination of [{}, { to: [] }, { to: ['ana@example.org, eve@evil.example'] }, { address: 'ana@example.org\r\nBcc: eve@evil.example' }])
        await expect(send(destination)).rejects.toMatchObject({ failure: 'unreachable' })
      expect(vendor.requests).toEqual([])
    })

    it('lets no name become another recipient, and writes domains in ASCII', async () => {
      await send({ address: 'ana@bücher.example', name: 'Ana "A" <eve@evil.example>' })
      expect(asked().to).toEqual([example.mailbox('Ana "A" <eve@evil.example>', 'ana@xn--bcher-kva.example')])
    })

    it('never sends an empty subject or text, nor a subject of two lines', async () => {
      await send({ address: 'ana@example.org' }, { title: '', text: '', body: '' })
      expect(example.read(vendor.requests[0]!)).toMatchObject({ subject: 'build.failed', text: 'build.failed' })
      await send({ address: 'ana@example.org' }, { title: 'Hello\r\nBcc: eve@evil.example' })
      expect(example.read(vendor.requests[1]!).subject).toBe('Hello Bcc: eve@evil.example')
    })

    it.each(example.answers)('reads %s', async (_what, reply, expected) => {
      vendor.respond(reply)
      await expect(send({ address: 'ana@example.org' })).rejects.toMatchObject(expected)
    })

    it('checks sender, recipients and address of the API', () => {
      const settings = example.settings('https://vendor.example')
      const pointers = (given: Parameters<Provider['check']>[0]) => provider.check(given).map(({ pointer }) => pointer)
      expect(pointers({ settings, destination: { to: ['ana@example.org'], cc: [], bcc: [] } })).toEqual([])
      expect(pointers({ settings: { ...settings, from: 'a@x.example, b@x.example' } })).toEqual(['/settings/from'])
      expect(pointers({ settings: { ...settings, apiUrl: 'https://user:pw@vendor.example' } })).toEqual(['/settings/apiUrl'])
      expect(pointers({ destination: { to: [], cc: [], bcc: [] } })).toEqual(['/destination/to'])
      expect(pointers({ destination: { to: ['ana@example.org'], cc: ['Ana@Example.org'] } })).toEqual(['/destination/cc/0'])
      const many = Array.from({ length: example.most - 1 }, (_, i) => `u${i}@example.org`)
      expect(pointers({ destination: { to: many, bcc: ['last@example.org'] } })).toEqual([])
      expect(pointers({ destination: { to: many, cc: ['last@example.org'], bcc: ['more@example.org'] } })).toEqual(['/destination/to'])
    })
  })
}
