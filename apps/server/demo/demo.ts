import { randomBytes } from 'node:crypto'
import { mkdtemp, rm } from 'node:fs/promises'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type Client, createClient } from '@carillon/client'
import { Webhook } from 'standardwebhooks'
import { createApp } from '../src/app/app.ts'
import { outcomeOf } from '../src/cli/send-outcome.ts'
import { readConfig } from '../src/config.ts'
import { createLog } from '../src/log.ts'
import { eventTypesOf } from '../src/packs.ts'
import type { Received } from '../src/providers/testing/receiver.ts'
import { arrivalsOf, differences, type Played } from './arrivals.ts'
import { type Catchers, type Refusing, startCatchers, webhooksOf } from './catchers.ts'
import type { Look } from './look.ts'
import { partsOf, subjectOf } from './mail-text.ts'
import { demoPack } from './pack.ts'
import { settle, WISHES } from './people.ts'
import { ACTS, PARTNER } from './plan.ts'
import { arrivalTable, excerpt, traceInWords } from './tell.ts'

export interface DemoOptions {
  say(line: string): void
  look: Look
  refusing: Refusing
}

export interface Demo {
  /** Missing, duplicate and unexpected messages. */
  problems: string[]
  catchers: Catchers
  stop(): Promise<void>
}

/** Timeout for each event to end. */
const PATIENCE_SECONDS = 15

/** Starts a hub with test servers, sends three events, and prints what was delivered. */
export async function playDemo({ say, look, refusing }: DemoOptions): Promise<Demo> {
  const folder = await mkdtemp(join(tmpdir(), 'carillon-demo-'))
  const rootKey = `demo-${randomBytes(12).toString('hex')}`
  const began = performance.now()
  const catchers = await startCatchers(refusing)
  const config = readConfig({
    PORT: String(await freePort()),
    CARILLON_DATA_DIR: folder,
    CARILLON_ROOT_KEY: rootKey,
    CARILLON_OUTBOUND_ALLOW: '127.0.0.1',
    CARILLON_DISK_FLOOR_MB: '1',
    CARILLON_LOG_LEVEL: 'silent',
  })
  const app = await createApp(config, { log: createLog(config.logLevel), eventTypes: eventTypesOf([demoPack]) })
  const address = await app.start()
  const stop = async () => {
    await app.stop()
    await catchers.close()
    await rm(folder, { recursive: true, force: true })
  }

  try {
    const hub = createClient({ baseUrl: address, token: rootKey })
    const done = (text: string) => say(`  ${look.good('✓')} ${text}`)
    say(`\n${look.strong('Carillon')}: a hub, a mail server and a web server on this machine\n`)
    done(`hub on a fresh SQLite file, ready after ${Math.round(performance.now() - began)} ms`)
    await settle(hub, catchers)
    done('two connections (SMTP, webhook), three people and a topic:')
    for (const [name, wish] of WISHES) say(`      ${name.padEnd(9)} ${look.faint(wish)}`)

    const played = await play(hub, done)
    const nameOf = await recipientNames(hub)
    const arrivals = await arrivalsOf(hub, catchers, played, nameOf)
    const problems = [...differences(played, arrivals, nameOf), ...signatureProblems(catchers)]

    say(`\n${look.strong('What arrived where')}\n`)
    say(arrivalTable(played, arrivals, nameOf, look))
    say(`\n${look.strong('Why, for the failed build')}   ${look.faint(`GET /v1/events/${played[0]?.id ?? ''}/trace`)}\n`)
    if (played[0] !== undefined) say(traceInWords(played[0], nameOf, look))
    tellWebhook(catchers, say, look)
    tellMail(catchers, say, look)
    tellHub({ address, rootKey, catchers }, say, look)
    return { problems, catchers, stop }
  } catch (error) {
    await stop()
    throw error
  }
}

/** Chosen before the hub starts, because its mails contain its address. */
async function freePort(): Promise<number> {
  const probe = createServer()
  await new Promise<void>((listening) => probe.listen(0, '127.0.0.1', listening))
  const address = probe.address()
  await new Promise((closed) => probe.close(closed))
  return typeof address === 'object' && address !== null ? address.port : 0
}

/** Reports the acts one by one and waits for each to end. */
async function play(hub: Client, done: (text: string) => void): Promise<Played[]> {
  const played: Played[] = []
  for (const act of ACTS) {
    const began = performance.now()
    const { id } = await hub.events.report(act.report)
    const { deliveries, trace } = await outcomeOf(hub, id, PATIENCE_SECONDS)
    played.push({ ...act, id, deliveries, trace })
    const sent = deliveries.filter(({ state }) => state === 'sent').length
    done(`${act.report.type}: ${sent} of ${deliveries.length} deliveries sent after ${Math.round(performance.now() - began)} ms`)
  }
  return played
}

/** The hub knows a bare address by an id; the plan uses the address. */
async function recipientNames(hub: Client): Promise<(recipient: string) => string> {
  const names = new Map<string, string>()
  for await (const { member, email, user } of hub.topics.allSubscribers('web-team')) if (user === null && email !== null) names.set(member, email)
  return (recipient) => names.get(recipient) ?? recipient
}

const secretFor = ({ secrets }: Catchers, { path }: Received): string => secrets[path.slice(1)] ?? ''

/** Whether the reference library of Standard Webhooks accepts it: https://www.standardwebhooks.com/ */
function isGenuine(secret: string, { headers, body }: Received, text = body): boolean {
  try {
    new Webhook(secret).verify(text, {
      'webhook-id': String(headers['webhook-id']),
      'webhook-timestamp': String(headers['webhook-timestamp']),
      'webhook-signature': String(headers['webhook-signature']),
    })
    return true
  } catch {
    return false
  }
}

const signatureProblems = (catchers: Catchers): string[] =>
  webhooksOf(catchers)
    .filter((request) => !isGenuine(secretFor(catchers, request), request))
    .map(({ path, headers }) => `the signature of webhook ${String(headers['webhook-id'])} at ${path} does not verify`)

function tellWebhook(catchers: Catchers, say: DemoOptions['say'], look: Look): void {
  const request = webhooksOf(catchers).find(({ path }) => path === '/chloe')
  if (request === undefined) return
  const secret = secretFor(catchers, request)
  const verdict = (genuine: boolean) => (genuine ? look.good('genuine') : look.bad('forged'))
  say(`\n${look.strong('A webhook, checked with the reference library of Standard Webhooks')}\n`)
  say(`  POST ${request.path}   webhook-id: ${String(request.headers['webhook-id'])}`)
  say(`  webhook-signature: ${String(request.headers['webhook-signature'])}`)
  say(`  as it came: ${verdict(isGenuine(secret, request))}    with one character more: ${verdict(isGenuine(secret, request, `${request.body} `))}`)
}

function tellMail({ mail }: Catchers, say: DemoOptions['say'], look: Look): void {
  const letter = mail.mails.find(({ to }) => to.includes(PARTNER))
  if (letter === undefined) return
  say(`\n${look.strong('A mail, as text')}   ${look.faint(`to ${PARTNER}, subject “${subjectOf(letter)}”`)}\n`)
  say(excerpt(partsOf(letter.raw).text))
}

function tellHub({ address, rootKey, catchers }: { address: string; rootKey: string; catchers: Catchers }, say: DemoOptions['say'], look: Look): void {
  const body = JSON.stringify({ type: 'price.dropped', to: ['ben'], data: { item: 'Glockenspiel', from: 120, to: 89, currency: 'EUR' } })
  say(`\n${look.strong('The hub')}\n`)
  say(`  hub       ${address}   (${address}/docs lists every route)`)
  say(`  root key  ${rootKey}`)
  say(`  mails     ${catchers.hooks.url}/mails`)
  say(`\n  curl ${address}/v1/events \\`)
  say(`    -H 'authorization: Bearer ${rootKey}' -H 'content-type: application/json' \\`)
  say(`    -d '${body}'\n`)
}
