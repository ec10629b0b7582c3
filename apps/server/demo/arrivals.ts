import type { Client, Decision, DeliverySummary } from '@carillon/client'
import { type Catchers, webhooksOf } from './catchers.ts'
import { subjectOf } from './mail-text.ts'
import { type Act, type DemoChannel, NAMES } from './plan.ts'

/** A message that actually arrived. */
export interface Arrival {
  eventId: string
  /** A user id or a bare address, as in the plan. */
  who: string
  channel: DemoChannel
  /** Title in the inbox, subject of the mail, title in the webhook. */
  text: string
}

/** An act of the plan with its results. */
export interface Played extends Act {
  id: string
  deliveries: DeliverySummary[]
  trace: Decision[]
}

/** The arrived messages, read from the mail server, the web server and the inboxes. The hub only tells which event and person a delivery id belongs to. */
export async function arrivalsOf(hub: Client, catchers: Catchers, played: readonly Played[], nameOf: (recipient: string) => string): Promise<Arrival[]> {
  const deliveries = played.flatMap((act) => act.deliveries)
  const arrivals: Arrival[] = []
  const arrived = (channel: DemoChannel, text: string, isIt: (delivery: DeliverySummary) => boolean) => {
    const delivery = deliveries.find((one) => one.channel === channel && isIt(one))
    arrivals.push({ eventId: delivery?.eventId ?? '', who: delivery === undefined ? 'nobody we know' : nameOf(delivery.recipient), channel, text })
  }
  for (const mail of catchers.mail.mails) arrived('email', subjectOf(mail), ({ id }) => (mail.headers['message-id'] ?? '').includes(id))
  for (const request of webhooksOf(catchers)) arrived('webhook', titleOf(request.json()), ({ id }) => request.headers['webhook-id'] === id)
  for (const who of Object.keys(NAMES).filter((id) => !id.includes('@')))
    for await (const { eventId, title } of hub.as(who).inbox.all()) arrivals.push({ eventId, who, channel: 'in_app', text: title })
  return arrivals
}

const titleOf = (body: unknown): string => (typeof body === 'object' && body !== null && 'title' in body ? String(body.title) : '')

const WAY: Record<DemoChannel, string> = { in_app: 'in the app', email: 'by mail', webhook: 'by webhook' }

/** Compares expected and arrived messages: missing ones, duplicates and unexpected ones. */
export function differences(played: readonly Played[], arrivals: readonly Arrival[], nameOf: (recipient: string) => string): string[] {
  const problems: string[] = []
  for (const { id, report, promised, deliveries } of played) {
    const here = arrivals.filter(({ eventId }) => eventId === id)
    for (const [who, channels] of Object.entries(promised)) {
      for (const channel of channels) {
        const what = `${report.type} for ${NAMES[who] ?? who} ${WAY[channel]}`
        const times = here.filter((one) => one.who === who && one.channel === channel).length
        const delivery = deliveries.find((one) => one.channel === channel && nameOf(one.recipient) === who)
        if (times === 0) problems.push(`${what} did not arrive${told(delivery)}`)
        else if (times > 1) problems.push(`${what} arrived ${times} times`)
        else if (channel !== 'in_app' && delivery?.state !== 'sent') problems.push(`${what} arrived, but the hub says ${delivery?.state ?? 'nothing'}`)
      }
    }
    for (const { who, channel } of here)
      if (!promised[who]?.includes(channel)) problems.push(`${report.type} for ${NAMES[who] ?? who} ${WAY[channel]} arrived and was not promised`)
  }
  const strangers = arrivals.filter(({ eventId }) => played.every(({ id }) => id !== eventId))
  return [...problems, ...strangers.map(({ channel, text }) => `“${text}” arrived ${WAY[channel]} and belongs to no event`)]
}

const told = (delivery: DeliverySummary | undefined): string =>
  delivery === undefined ? ': no delivery was planned' : `: ${delivery.state}${delivery.error === null ? '' : `, ${delivery.error}`}`
