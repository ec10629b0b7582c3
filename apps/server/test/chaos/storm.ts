import { randomUUID } from 'node:crypto'
import { CarillonError, type Client, createClient, type EventReport } from '@carillon/client'
import { TEST_ROOT_KEY } from '../../src/testing.ts'

/** One report as its client saw it. */
export interface Report {
  /** Counts through a whole run and is part of the event's data. */
  n: number
  key: string
  report: EventReport
  /** The users that must receive it. */
  users: readonly string[]
  /** The id in the 202 response; null when no response came. */
  answer: string | null
  /** Its client cancels it once it has an answer. */
  cancels?: boolean
  /** `asked`: without an answer. `refused`: nothing was left to cancel. */
  cancel?: 'asked' | 'done' | 'refused'
}

export interface StormOptions {
  address: string
  clients: number
  /** Reports of one client, at most. */
  each: number
  over(): boolean
  next(): Pick<Report, 'n' | 'report' | 'users' | 'cancels'>
}

/** Several clients report one event after the other, each with its own key, until the hub is gone. */
export async function storm({ address, clients, each, over, next }: StormOptions): Promise<Report[]> {
  const reports: Report[] = []
  const client = createClient({ baseUrl: address, token: TEST_ROOT_KEY, retries: 0 })
  await Promise.all(
    Array.from({ length: clients }, async () => {
      for (let sent = 0; sent < each && !over(); sent++) {
        const report: Report = { ...next(), key: randomUUID(), answer: null }
        reports.push(report)
        try {
          report.answer = (await client.events.report(report.report, { idempotencyKey: report.key })).id
          if (report.cancels) await cancel(client, report, report.answer)
        } catch (error) {
          // No response, or one that says that nothing was done: it may be sent again with the same key.
          if (!(error instanceof CarillonError) || (error.status !== 0 && error.status < 500)) throw error
          if (error.status === 0) return
        }
      }
    }),
  )
  return reports
}

async function cancel(client: Client, report: Report, id: string): Promise<void> {
  report.cancel = 'asked'
  try {
    await client.events.cancel(id)
    report.cancel = 'done'
  } catch (error) {
    if (!(error instanceof CarillonError) || error.status === 0 || error.status >= 500) throw error
    report.cancel = 'refused'
  }
}
