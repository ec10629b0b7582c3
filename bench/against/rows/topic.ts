import type { Hub } from '../../lib/hub.ts'
import { report, setScene } from '../../lib/scene.ts'
import { holdBack, untilPlanned } from '../hold-back.ts'
import { fromRestToRest } from '../rest.ts'
import { type ComparedRow, FIVE_PERCENT } from '../row.ts'

const PEOPLE = 20_000
/** Of a hundred people, so many have a webhook. */
const REACHABLE = 72
const TIMES = 5
/** Rows of one request. */
const BATCH = 1000
const CONNECTIONS = 20

/** An event to a topic, several times: until every inbox entry, decision and delivery is written. Nothing is sent meanwhile. */
export const topic: ComparedRow = {
  name: 'topic',
  what: 'CPU per recipient of a topic',
  unit: 'us',
  tolerance: FIVE_PERCENT,
  async seed(hub) {
    await setScene(hub)
    await hub.client.connections.create({ provider: 'webhook', name: 'Webhooks', personal: true })
    await holdBack(hub, true)
    await seedTopic(hub)
  },
  async measure(hub) {
    await toEverybody(hub)
    const sample = await fromRestToRest(hub, TIMES * PEOPLE, async () => {
      const began = performance.now()
      for (let n = 0; n < TIMES; n++) await toEverybody(hub)
      return (performance.now() - began) / 1000
    })
    await checkEverybody(hub)
    return sample
  },
}

async function toEverybody(hub: Hub): Promise<void> {
  await hub.client.events.report({ ...report(1), to: [{ topic: 'everybody' }] })
  await untilPlanned(hub)
}

/** The first of the topic has a webhook, the last has none; both have every entry. */
async function checkEverybody({ client }: Hub): Promise<void> {
  for (const [person, webhooks] of [
    [personId(0), TIMES + 1],
    [personId(PEOPLE - 1), 0],
  ] as const) {
    const { total } = await client.as(person).inbox.counts()
    const deliveries = (await client.deliveries.list({ user: person })).items.length
    if (total !== TIMES + 1 || deliveries !== webhooks) throw new Error(`${person} has ${total} inbox entries and ${deliveries} deliveries`)
  }
}

async function seedTopic({ client }: Hub): Promise<void> {
  await client.topics.put('everybody')
  for (let from = 0; from < PEOPLE; from += BATCH) {
    const numbers = Array.from({ length: BATCH }, (_, i) => from + i)
    await client.users.putBatch(numbers.map((n) => ({ id: personId(n), name: `Person ${n}`, email: `person${n}@example.com`, locale: 'en' })))
    await client.topics.subscribe('everybody', numbers.map(personId))
  }
  let next = 0
  async function runner(): Promise<void> {
    while (next < PEOPLE) {
      const n = next++
      if (n % 100 < REACHABLE) await client.as(personId(n)).me.putDestination('webhook', { url: `http://127.0.0.1:9/${n}` })
    }
  }
  await Promise.all(Array.from({ length: CONNECTIONS }, runner))
}

const personId = (n: number): string => `person_${String(n).padStart(6, '0')}`
