import { CarillonError, type Client, createClient, type Decision } from '@carillon/client'
import { type Received, type Receiver, startReceiver } from '../../src/providers/testing/receiver.ts'
import { type ReceivedMail, type SmtpReceiver, startSmtpReceiver } from '../../src/providers/testing/smtp-receiver.ts'
import type { Engine } from '../../src/storage/dialects/dialect.ts'
import { createTestClock, startTestHub, type TestClock, type TestHub, type TestHubOptions } from '../../src/testing.ts'
import { createTestDatabase } from '../setup/engines.ts'

/** A hub on one engine, with a mail server and a web server that stand in for all vendors. */
export interface World extends TestHub {
  clock: TestClock
  databaseUrl: string
  mail: SmtpReceiver
  hooks: Receiver
  /** The SDK as a person's own browser uses it: with a user token. */
  browser(user: string): Promise<Client>
  mailsTo(address: string): ReceivedMail[]
  hooksAt(path: string): Received[]
  /** Waits until everything due has happened, and checks that the tables agree with each other. */
  atRest(): Promise<void>
  /** Wakes the hub until the condition holds. Deliveries of a blocked connection stay due, so such a hub is never at rest. */
  see(what: string, holds: () => Promise<boolean> | boolean): Promise<void>
  /** Sends these events to `/operators` of `hooks`. */
  tellOperators(...types: string[]): Promise<void>
}

export interface WorldOptions extends Omit<TestHubOptions, 'clock' | 'databaseUrl'> {
  clock?: TestClock
  /** No connections: the hub begins in log-only mode. */
  unconnected?: boolean
}

export async function openWorld(engine: Engine, { clock = createTestClock(), unconnected = false, ...options }: WorldOptions = {}): Promise<World> {
  const database = await createTestDatabase(engine)
  const [mail, hooks] = await Promise.all([startSmtpReceiver(), startReceiver()])
  const hub = await startTestHub({ databaseUrl: database.url, clock: clock.now, random: () => 0.5, ...options })
  if (!unconnected) {
    const { connections } = hub.client()
    await connections.create({ provider: 'smtp', name: 'Office mail', settings: smtpSettings(mail), personal: true })
    await connections.create({ provider: 'webhook', name: 'Webhooks', personal: true })
  }
  return {
    ...hub,
    clock,
    databaseUrl: database.url,
    mail,
    hooks,
    async browser(user) {
      const { token } = await hub.client().users.token(user)
      return createClient({ baseUrl: hub.address, token })
    },
    mailsTo: (address) => mail.mails.filter(({ to }) => to.includes(address)),
    hooksAt: (path) => hooks.requests.filter((request) => request.path === path),
    async atRest() {
      await hub.settle()
      await hub.reconcile()
    },
    see: (what, holds) =>
      until(() => {
        hub.app.pipeline.wake()
        return holds()
      }, what),
    async tellOperators(...types) {
      const destination = { url: `${hooks.url}/operators` }
      const events = types.map((type) => ({ type }))
      await hub.client().connections.create({ provider: 'webhook', name: 'Operators', personal: false, destination, events })
    },
    async stop() {
      await hub.stop()
      await Promise.all([mail.close(), hooks.close(), database.remove()])
    },
  }
}

export const smtpSettings = ({ host, port }: Pick<SmtpReceiver, 'host' | 'port'>) => ({ host, port, security: 'none', from: 'Bells <bells@example.com>' })

/** Every decision of an event as `recipient channel` -> `decision reason`; one that was made again reads `first, then second`. */
export async function decisionsOf(client: Client, eventId: string): Promise<Record<string, string>> {
  const decisions: Record<string, string> = {}
  for await (const decision of client.events.decisions(eventId, { limit: 200 }))
    for (const [who, said] of Object.entries(told(decision))) decisions[who] = who in decisions ? `${decisions[who]}, then ${said}` : said
  return decisions
}

/** The same for given decisions. */
export const told = (...decisions: Decision[]): Record<string, string> =>
  Object.fromEntries(
    decisions.map(({ user, address, connection, channel, decision, reason }) => [
      `${user ?? address ?? connection} ${channel ?? '*'}`,
      `${decision} ${reason}`,
    ]),
  )

/** The state of each delivery of an event: `recipient channel` -> state. */
export async function statesOf(client: Client, eventId: string): Promise<Record<string, string>> {
  const states: Record<string, string> = {}
  for await (const { recipient, channel, state } of client.deliveries.all({ event: eventId, limit: 200 })) states[`${recipient} ${channel}`] = state
  return states
}

/** The refusal of a call; fails when the call succeeds. */
export async function refusal(call: Promise<unknown>): Promise<{ status: number; code: string; pointer: string | undefined }> {
  try {
    await call
  } catch (error) {
    if (error instanceof CarillonError) return { status: error.status, code: error.code, pointer: error.errors[0]?.pointer }
    throw error
  }
  throw new Error('it was not refused')
}

/** The texts of a mail by content type, decoded. */
export function partsOf({ raw }: ReceivedMail): Record<string, string> {
  const parts: Record<string, string> = {}
  const boundary = /boundary="?([^"\r\n;]+)"?/.exec(raw)?.[1]
  const pieces = boundary === undefined ? [raw] : raw.split(`--${boundary}`).slice(1, -1)
  for (const piece of pieces) {
    const [head = '', ...body] = piece.trimStart().split('\r\n\r\n')
    const type = /content-type: *([\w/]+)/i.exec(head)?.[1]?.toLowerCase() ?? 'text/plain'
    parts[type] = decoded(body.join('\r\n\r\n'), /content-transfer-encoding: *([\w-]+)/i.exec(head)?.[1]?.toLowerCase())
  }
  return parts
}

function decoded(text: string, encoding: string | undefined): string {
  if (encoding === 'base64') return Buffer.from(text, 'base64').toString('utf8')
  if (encoding !== 'quoted-printable') return text
  const bytes = text.replace(/=\r\n/g, '').replace(/=([0-9A-F]{2})/gi, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)))
  return Buffer.from(bytes, 'latin1').toString('utf8')
}

/** Polls until the condition holds; the condition ends the wait, not a time. */
export async function until(holds: () => boolean | Promise<boolean>, what: string): Promise<void> {
  for (let looks = 0; looks < 1000; looks++) {
    if (await holds()) return
    await new Promise((resolve) => setTimeout(resolve, 10))
  }
  throw new Error(`never came: ${what}`)
}
