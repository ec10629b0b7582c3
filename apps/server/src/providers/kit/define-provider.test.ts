import { Type } from 'typebox'
import { expect, it } from 'vitest'
import type { JsonObject } from '../../domain/json.ts'
import { exampleMessage, NOW } from '../testing/message.ts'
import type { Http } from './contract.ts'
import { defineProvider } from './define-provider.ts'
import { DeliveryError } from './delivery-error.ts'

/** What PostgreSQL refuses to keep, and more of it than anybody reads. */
const SAID = `a\u0000b\ud800\nc${'x'.repeat(70_000)}`
const nobody: Http = {
  request: () => Promise.reject(new Error('nobody asked')),
  dial: () => Promise.reject(new Error('nobody asked')),
  mayHandOver: () => Promise.reject(new Error('nobody asked')),
}

it('answers what a vendor said as every database can keep it', async () => {
  const provider = defineProvider({
    id: 'chatty',
    name: 'Chatty',
    channel: 'chatty',
    docs: 'https://chatty.example',
    settings: Type.Object({}),
    destination: Type.Object({}),
    capabilities: { format: 'text' },
    send: async () => ({ externalId: SAID, note: SAID }),
  })
  const delivery = { id: 'dlv_1', attempt: 1, createdAt: NOW }
  const { externalId, note } = await provider.send({ settings: {}, destination: {}, message: exampleMessage(), delivery, http: nobody, clock: () => NOW })
  expect(externalId).toMatch(/^a b\ufffd cx{490,}…$/)
  expect(note).toMatch(/^a b\ufffd cx{1990,}…$/)
})

it('so does an error', () => {
  const { message, code } = new DeliveryError('rejected', SAID, { code: SAID })
  expect(message).toMatch(/^a b\ufffd cx{1990,}…$/)
  expect(code).toMatch(/^a b\ufffd cx{90,}…$/)
})

it('names the field of a stored form that does not fit any more, never its value', async () => {
  const provider = defineProvider({
    id: 'strict',
    name: 'Strict',
    channel: 'strict',
    docs: 'https://strict.example',
    settings: Type.Object({ server: Type.String(), key: Type.Optional(Type.String({ pattern: '^k' })) }),
    destination: Type.Object({ topic: Type.String() }),
    sharedDestination: Type.Object({ topics: Type.Array(Type.String()) }),
    capabilities: { format: 'text' },
    send: async () => ({}),
  })
  const send = (settings: JsonObject, destination: JsonObject) =>
    provider.send({ settings, destination, message: exampleMessage(), delivery: { id: 'dlv_1', attempt: 1, createdAt: NOW }, http: nobody, clock: () => NOW })
  await expect(send({ server: 's' }, { topics: ['a'] })).resolves.toEqual({})
  await expect(send({}, { topic: 'a' })).rejects.toThrow(/^The settings of the Strict connection: .*server/)
  await expect(send({ server: 's', key: 's3cret' }, { topic: 'a' })).rejects.toThrow(/^The settings of the Strict connection: \/key (?!.*s3cret)/)
  await expect(send({ server: 's' }, {})).rejects.toMatchObject({ failure: 'unreachable', message: expect.stringMatching(/^The Strict destination: .*topic$/) })
})
