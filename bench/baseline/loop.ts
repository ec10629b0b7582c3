// A peer to stand beside the hub: what an engineer builds by hand in an afternoon to send webhooks reliably. Fastify takes events in, one table of
// PostgreSQL keeps them, and undici sends them signed. No people, no preferences, no channels, no templates, no trace.
import { createHmac, createSecretKey, randomUUID } from 'node:crypto'
import Fastify from 'fastify'
import pg from 'pg'
import { Pool } from 'undici'
import { post } from '../lib/post.ts'

interface Event {
  type: string
  to: [string]
  data: Record<'orderId' | 'figure' | 'link' | 'currency', string> & { price: number }
}
interface Job {
  n: string
  id: string
  event: Event
}

const { LOOP_DATABASE_URL, LOOP_RECEIVER = '', LOOP_TOKEN, LOOP_SECRET = '' } = process.env
/** Jobs of one transaction, transactions at a time, and connections to the receiver. */
const [CLAIM, WORKERS, CONNECTIONS] = [50, 6, 128]

const db = new pg.Pool({ connectionString: LOOP_DATABASE_URL, max: WORKERS + 4 })
const receiver = new Pool(LOOP_RECEIVER, { connections: CONNECTIONS, pipelining: 1, allowH2: false, headersTimeout: 10_000 })
const secret = createSecretKey(Buffer.from(LOOP_SECRET.replace('whsec_', ''), 'base64'))

await db.query(`create table jobs (
  n bigint generated always as identity primary key, id text not null, event jsonb not null, state text not null default 'queued',
  attempts int not null default 0, due_at timestamptz not null default now(), sent_at timestamptz)`)
await db.query(`create index jobs_due on jobs (due_at, n) where state = 'queued'`)

const app = Fastify()
const schema = {
  body: {
    type: 'object',
    required: ['type', 'to', 'data'],
    properties: { type: { type: 'string' }, to: { type: 'array', items: { type: 'string' }, minItems: 1, maxItems: 1 }, data: { type: 'object' } },
  },
}
app.addHook('onRequest', async (request, reply) => {
  if (request.headers.authorization !== `Bearer ${LOOP_TOKEN}`) reply.code(401).send()
})
app.post<{ Body: Event }>('/v1/events', { schema }, async (request, reply) => {
  const id = `evt_${randomUUID().replaceAll('-', '')}`
  await store({ id, event: request.body })
  reply.code(202)
  return { id }
})

/** Requests of one turn share a statement and its commit; while one is being written the next ones gather. */
let group: { job: Pick<Job, 'id' | 'event'>; done: () => void; failed: (error: unknown) => void }[] = []
let writing = false
function store(job: Pick<Job, 'id' | 'event'>): Promise<void> {
  return new Promise((done, failed) => {
    group.push({ job, done, failed })
    if (group.length === 1 && !writing) setImmediate(write)
  })
}
async function write(): Promise<void> {
  const now = group
  group = []
  writing = true
  try {
    const values = [now.map(({ job }) => job.id), now.map(({ job }) => JSON.stringify(job.event))]
    await db.query({ name: 'store', text: 'insert into jobs (id, event) select * from unnest($1::text[], $2::jsonb[])', values })
    for (const { done } of now) done()
    sleeping.shift()?.()
  } catch (error) {
    for (const { failed } of now) failed(error)
  }
  writing = false
  if (group.length > 0) setImmediate(write)
}

/** Workers that found nothing; each looks again after a second, for what has become due. */
const sleeping: (() => void)[] = []
/** The rows stay locked until their outcome is committed: when the process dies they are free again, with no lease to keep. */
async function work(): Promise<never> {
  for (const client = await db.connect(); ; ) {
    await client.query('begin')
    const { rows } = await client.query<Job>({
      name: 'claim',
      text: `select n, id, event from jobs where state = 'queued' and due_at <= now() order by due_at, n limit ${CLAIM} for update skip locked`,
    })
    if (rows.length === CLAIM) sleeping.shift()?.()
    const values = [rows.map(({ n }) => n), await Promise.all(rows.map(send))]
    if (rows.length > 0) await client.query({ name: 'record', text: RECORD, values })
    await client.query('commit')
    if (rows.length === 0) await sleep()
  }
}

function sleep(): Promise<void> {
  return new Promise((resolve) => {
    const wake = () => {
      clearTimeout(timer)
      if (sleeping.includes(wake)) sleeping.splice(sleeping.indexOf(wake), 1)
      resolve()
    }
    const timer = setTimeout(wake, 1000)
    sleeping.push(wake)
  })
}

/** Sent, or again after 1, 2, 4 … seconds, or given up after eight attempts. */
const RECORD = `update jobs set attempts = attempts + 1, sent_at = case when r.ok then now() end,
    state = case when r.ok then 'sent' when attempts >= 7 then 'failed' else 'queued' end,
    due_at = case when r.ok then due_at else now() + make_interval(secs => 2 ^ attempts) end
  from unnest($1::bigint[], $2::bool[]) as r (n, ok) where jobs.n = r.n`

async function send({ id, event: { type, to, data } }: Job): Promise<boolean> {
  const [at, user] = [new Date(), to[0]]
  const text = `Hello ${user}, ${data.figure} is on its way.\n\nTrack it (${data.link}) Price ${data.price} ${data.currency}.`
  const body = JSON.stringify({
    id,
    eventId: id,
    type,
    title: `Order ${data.orderId} shipped`,
    body: text,
    data,
    user: { id: user },
    createdAt: at.toISOString(),
  })
  const seconds = String(Math.floor(at.getTime() / 1000))
  const signature = `v1,${createHmac('sha256', secret).update(`${id}.${seconds}.`).update(body).digest('base64')}`
  const headers = { 'content-type': 'application/json', 'webhook-id': id, 'webhook-timestamp': seconds, 'webhook-signature': signature }
  const { status } = await post(receiver, `/hook/${user}`, headers, body, false).catch(() => ({ status: 0 }))
  return status >= 200 && status < 300
}

for (let n = 0; n < WORKERS; n++) void work()
const address = await app.listen({ port: 0, host: '127.0.0.1' })
process.on('message', () => {
  const { user, system } = process.cpuUsage()
  process.send?.({ cpuSeconds: (user + system) / 1e6 })
})
process.on('disconnect', () => process.exit())
process.on('SIGTERM', () => process.exit())
process.send?.({ address })
