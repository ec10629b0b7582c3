import { inspect } from 'node:util'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import type { Message } from '../../domain/message.ts'
import { DAY, SECOND } from '../../domain/time.ts'
import { createOutbound, parseAllowList } from '../../security/outbound.ts'
import type { Http, Provider } from '../kit/contract.ts'
import { DeliveryError } from '../kit/delivery-error.ts'
import { createHttp } from '../kit/http.ts'
import { truncate } from '../kit/truncate.ts'
import { echoes, sayingOnly } from './echoes.ts'
import { fieldsWithoutTitle, secretsIn } from './fields.ts'
import { ACTION, fittedMessages, wordsOf } from './fitted.ts'
import { startHostile } from './hostile.ts'
import { brokenMarkup, markupOf, textsOf } from './markup.ts'
import { endless, exampleMessage, NOW } from './message.ts'
import { FAILURES, type ProviderExample } from './provider-example.ts'
import { type Receiver, startReceiver } from './receiver.ts'

const SIZES = { chars: (text: string) => Array.from(text).length, utf16: (text: string) => text.length, bytes: (text: string) => Buffer.byteLength(text) }

const ODD = ['[]', 'null', '{"id":{}}']
const PAGE = '<!doctype html><html><title>Sign in</title></html>'

/** The contract test of every HTTP provider, with a real server and the real HTTP client. Each vendor tests its other behaviour itself. */
export function describeProvider(provider: Provider, example: ProviderExample): void {
  describe(`${provider.id} keeps the contract`, () => {
    let vendor: Receiver
    let http: Http & { close(): Promise<void> }
    const open = (deadlineMs = 5_000) =>
      createHttp({ outbound: createOutbound({ allow: parseAllowList('127.0.0.1') }), clock: () => NOW, version: 'test', deadlineMs })
    const send = (changes: Partial<Message> = {}, url = vendor.url, door: Http = http) =>
      provider.send({
        ...example.given(url),
        message: exampleMessage(changes),
        delivery: { id: 'dlv_1', attempt: 1, createdAt: NOW },
        http: door,
        clock: () => NOW,
      })
    const refusal = async (url?: string, door?: Http): Promise<DeliveryError> => {
      const error = await send({}, url, door).then(
        () => null,
        (thrown: unknown) => thrown,
      )
      if (!(error instanceof DeliveryError)) throw new Error(`expected a DeliveryError, got ${String(error)}`)
      const { settings, destination } = example.given(url ?? vendor.url)
      for (const secret of [...secretsIn(provider.settings, settings), ...secretsIn(provider.destination, destination)])
        expect(error.message, 'a secret in an error message').not.toContain(secret)
      // The content of a log line of the whole error, including its causes.
      expect(inspect(error, { depth: 10 }), 'a secret in an error').not.toContain('s3cret')
      return error
    }

    beforeAll(() => {
      http = open()
    })
    beforeEach(async () => {
      vendor = await startReceiver(example.accepted.reply ?? 200)
    })
    afterEach(() => vendor.close())
    afterAll(() => http.close())

    it('tells the operator what every field is', () => {
      expect(fieldsWithoutTitle(provider.settings)).toEqual([])
      expect(fieldsWithoutTitle(provider.destination)).toEqual([])
      expect(provider.docs).toMatch(/^https:\/\//)
    })

    it('finds nothing wrong with its own example', () => {
      expect(provider.check(example.given('https://vendor.example'))).toEqual([])
    })

    it('sends the request that the vendor documents, once', async () => {
      const receipt = await send()
      expect(vendor.requests).toHaveLength(1)
      const [request] = vendor.requests
      expect([request!.method, request!.path]).toEqual([example.sends.method ?? 'POST', example.sends.path])
      const type = 'form' in example.sends ? 'application/x-www-form-urlencoded' : (example.sends.type ?? 'application/json')
      expect(request!.headers).toMatchObject({ 'user-agent': 'Carillon/test', 'content-type': type, ...example.sends.headers })
      if ('form' in example.sends) expect([...new URLSearchParams(request!.body)]).toEqual(example.sends.form)
      else expect(example.sends.read?.(request!) ?? request!.json()).toEqual(example.sends.json)
      expect(receipt).toEqual(example.accepted.receipt)
    })

    it('keeps the path of an address that was given to it', async () => {
      await send({}, `${vendor.url}/proxy`)
      expect(vendor.requests[0]!.path).toMatch(/^\/proxy\//)
    })

    it('takes an accepted message as delivered, however odd the answer', async () => {
      for (const body of ['', ...(example.exact ? [] : ODD), ...(example.pages ? ['ok', PAGE] : [])]) {
        vendor.respond({ body })
        await expect(send(), body).resolves.toBeDefined()
      }
    })

    it.each([...(example.pages ? [] : [PAGE]), ...(example.exact ? ODD : []), ...(example.lies ?? [])])('is not fooled by a 200 that says %j', async (body) => {
      vendor.respond({ body })
      const error = await refusal()
      expect(error).toMatchObject({ status: 200, maybeDelivered: false })
      expect(vendor.requests).toHaveLength(1)
    })

    it.each(Object.entries({ ...FAILURES, ...example.failures }))('reads an empty %s as %s', async (status, failure) => {
      vendor.respond(Number(status))
      expect(await refusal()).toMatchObject({ failure, status: Number(status), maybeDelivered: example.unsure?.includes(Number(status)) ?? false })
      expect(vendor.requests).toHaveLength(1)
    })

    it.each([400, 401, 403, 404, 429, 500])('repeats no secret that an answer %i repeats', async (status) => {
      const { settings, destination } = example.given(vendor.url)
      for (const body of echoes([...secretsIn(provider.settings, settings), ...secretsIn(provider.destination, destination)])) {
        vendor.respond({ status, body })
        await refusal()
      }
    })

    it.each(['constructor', '__proto__', 'toString'])('looks the word %s up nowhere but in its own tables', async (word) => {
      for (const body of [sayingOnly(word), word]) {
        vendor.respond({ status: 400, body })
        expect(['temporary', 'unreachable', 'misconfigured', 'rejected']).toContain((await refusal()).failure)
      }
    })

    it.each([
      ['20', 20 * SECOND],
      ['0.5', SECOND],
      ['-7', SECOND],
      [new Date(NOW + 90 * SECOND).toUTCString(), 90 * SECOND],
      ['999999999', DAY],
    ])('waits as long as Retry-After: %s says', async (value, ms) => {
      for (const status of [429, 503]) {
        vendor.respond({ status, headers: { 'retry-after': value }, body: {} })
        expect(await refusal()).toMatchObject({ failure: 'temporary', retryAfterMs: ms })
      }
    })

    it('knows a dead network from a vendor that is silent', async () => {
      const { url } = vendor
      await vendor.close()
      expect(await refusal(url)).toMatchObject({ failure: 'temporary', code: 'refused', maybeDelivered: false })
      const silent = await startHostile('stall')
      const impatient = open(100)
      expect(await refusal(silent.url, impatient)).toMatchObject({ failure: 'temporary', code: 'timeout', maybeDelivered: true })
      await impatient.close()
      await silent.close()
    })

    it('refuses a private address', async () => {
      const guarded = createHttp()
      expect(await refusal(undefined, guarded)).toMatchObject({ failure: example.denied ?? 'rejected', code: 'address_not_allowed' })
      expect(vendor.connections()).toBe(0)
      await guarded.close()
    })

    it('keeps every text within its limit and whole', async () => {
      const many = Array.from({ length: 40 }, () => ({ label: endless(), value: endless(), url: 'https://example.com/' }))
      await send({ title: endless(), body: endless(), text: endless(), fields: many, actions: many })
      const [request] = vendor.requests
      const limits = example.limits(request!)
      for (const { text, limit, unit } of limits) {
        expect(SIZES[unit](text)).toBeLessThanOrEqual(limit)
        expect(text.isWellFormed()).toBe(true)
      }
      if (limits.length > 0) expect(limits.some(({ text }) => text.includes('…'))).toBe(true)
    })

    // Neither a message for programs nor a mail as a whole (MIME) has a text that could be compared.
    const unseen = provider.capabilities.format === 'json' || ('type' in example.sends && example.sends.type === 'text/plain')
    it.skipIf(unseen)('sends what rendering has fitted as it is: whole, within the limits and cut once', async () => {
      for (const [name, message] of fittedMessages(provider)) {
        await send(message)
        const request = vendor.requests.at(-1)!
        for (const { text, limit, unit } of example.limits(request)) expect(SIZES[unit](text), name).toBeLessThanOrEqual(limit)
        const read = 'json' in example.sends ? example.sends.read : undefined
        const words = wordsOf(request, read)
        const cuts = (text: string) => text.split('…').length - 1
        const whole = [message.body, message.text].map((body) => body.trim()).filter((body) => body !== '')
        const [holding, body] = words.flatMap((text) => whole.filter((one) => text.includes(one)).map((one) => [text, one] as const))[0] ?? ['nothing', '']
        expect(body, `${name}: the body in ${JSON.stringify(words).slice(0, 300)}`).not.toBe('')
        // Beside the body only the title may be cut, and a provider may escape it.
        expect(cuts(holding.replace(body, '')), name).toBeLessThanOrEqual(holding === body ? 0 : cuts(message.title))
        if (provider.channel !== 'email') expect(cuts(body), name).toBe(provider.capabilities.body === undefined ? 0 : 1)
        expect(words.every((text) => text.isWellFormed())).toBe(true)
        if (example.slim !== true)
          expect(
            words.some((text) => text.includes(ACTION)),
            name,
          ).toBe(true)
      }
    })

    it.skipIf(example.sealed)('names every optional part that it sends, so that the message can be sent without', async () => {
      const urls = { link: 'https://link.example/u', picture: 'https://picture.example/i', buttons: 'https://button.example/a' }
      await send({ url: urls.link, image: urls.picture, actions: [{ label: 'Go', url: urls.buttons }] })
      const request = vendor.requests.at(-1)!
      const sent = [...textsOf(request).map(([, text]) => text), ...new URL(request.path, vendor.url).searchParams.values()]
      const apart = (['link', 'picture', 'buttons'] as const).filter((part) => sent.includes(urls[part]))
      const somewhere = (['link', 'picture', 'buttons'] as const).filter((part) => sent.some((text) => text.includes(urls[part])))
      if (provider.capabilities.format !== 'json') expect(provider.optional ?? []).toEqual(expect.arrayContaining(apart))
      expect(somewhere).toEqual(expect.arrayContaining((provider.optional ?? []).filter((part) => part !== 'avatar' && part !== 'fields')))
      if (provider.capabilities.format !== 'json') expect(provider.optional?.includes('fields') ?? false).toBe(provider.capabilities.fields !== undefined)
    })

    it.skipIf(!provider.optional?.includes('avatar'))('shows the picture of its settings beside a message, and none beside one that lacks it', async () => {
      const picture = 'https://avatar.example/a.png'
      const { settings, destination } = example.given(vendor.url)
      const named = ['avatar', 'iconUrl', 'icon'].filter((name) => name in provider.settings.properties)
      const job = { settings: { ...settings, ...Object.fromEntries(named.map((name) => [name, picture])) }, destination, http, clock: () => NOW }
      for (const lacking of [{}, { without: ['avatar' as const] }])
        await provider.send({ ...job, message: exampleMessage(lacking), delivery: { id: 'dlv_1', attempt: 1, createdAt: NOW } })
      expect(vendor.requests.map((request) => textsOf(request).some(([, text]) => text === picture))).toEqual([true, false])
    })

    const markup = markupOf(provider.capabilities.format)
    it.skipIf(markup === '')('lets no data become markup, nor cuts what escapes it in two', async () => {
      const field = { label: markup, value: markup, url: 'https://example.com/' }
      await send({ title: markup, text: markup, fields: [field], actions: [field] })
      const long = markup.repeat(2_000)
      await send({ title: long, body: 'x'.repeat(200_000), text: long, fields: [{ ...field, value: long }], actions: [{ ...field, label: long }] })
      const texts = vendor.requests.flatMap(textsOf).filter(([at]) => example.plain?.test(at) !== true)
      const wrong = texts.filter(([, text]) => text.includes(markup) || brokenMarkup(provider.capabilities.format, text))
      expect(wrong.map(([at, text]) => `${at} ${truncate(text, 80)}`)).toEqual([])
    })

    it('calls two spellings of one destination the same, and never two destinations', () => {
      const { destination } = example.given('https://vendor.example')
      expect(provider.sameAddress({ ...destination })).toBe(provider.sameAddress(destination))
      expect(provider.sameAddress(example.given('https://other.example').destination) === provider.sameAddress(destination)).toBe(
        JSON.stringify(example.given('https://other.example').destination) === JSON.stringify(destination),
      )
    })
  })
}
