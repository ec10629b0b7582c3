import type { AlikeRefusals, Connection } from '../../domain/connection.ts'
import { aConnection, aMessage, NOON } from '../../domain/testing/samples.ts'
import { DeliveryError } from '../../providers/kit/delivery-error.ts'
import { deliver, type RenderFor } from '../deliver.ts'
import type { Job } from '../job.ts'
import { aJob } from './job.ts'
import { createVendors } from './vendors.ts'

export const mailgun = aConnection({ id: 'con_mailgun', provider: 'mailgun' })
export const smtp = aConnection({ id: 'con_smtp', provider: 'smtp', priority: 1 })

export const fails =
  (failure: DeliveryError['failure'], options = {}) =>
  () => {
    throw new DeliveryError(failure, `it was ${failure}`, options)
  }

interface Given {
  render?: RenderFor
  capabilities?: Parameters<typeof createVendors>[1]
  /** What the node knows of alike refusals, of any connection. */
  alike?: AlikeRefusals | undefined
}

/** One attempt against vendors with prepared responses. */
export async function attempt(
  answers: Parameters<typeof createVendors>[0],
  connections: Connection[] = [mailgun, smtp],
  job: Partial<Job> = {},
  { render = () => aMessage(), capabilities, alike }: Given = {},
) {
  const { asked, ...doors } = createVendors(answers, capabilities)
  const outcome = await deliver(aJob(job), connections, render, { ...doors, clock: () => NOON, random: () => 0.5, alike: () => alike })
  return { outcome, asked }
}

export const tried = (outcome: { tries: { connectionId: string; outcome: string; code: string | null }[] }) =>
  outcome.tries.map(({ connectionId, outcome, code }) => [connectionId, outcome, code])
