import type { Event } from '../domain/event.ts'
import type { Task } from '../domain/task.ts'
import type { Member } from '../recipients/member.ts'
import { resolve } from '../recipients/resolve.ts'
import { walk } from '../recipients/walk.ts'
import type { BatchParts, PlanningTransaction } from './fan-out-parts.ts'
import { type Before, metBefore } from './met-before.ts'
import type { Plan } from './plan.ts'
import { planParts } from './plan-parts.ts'

/** An event that is planned, and where in its audience. */
export interface Going {
  task: Task
  event: Event
  /** Null at the beginning. */
  cursor: string | null
}

export interface BatchSteps {
  /** Recipients of each event that are planned now, at most. */
  size: number
  /** Not committed yet; the batch is the next chunk of the same audience. Only lists of known people are left of it. */
  before?: Before | undefined
  /** Called with the cursors that follow, as soon as the recipients are known. */
  read?: ((cursors: (string | null)[]) => void) | undefined
  /** Called with what will be written. */
  decided?: ((plans: readonly Plan[]) => void) | undefined
}

/** Plans the next recipients of each event, writes their rows and moves the cursors. Returns those that are not at their end. */
export async function planBatch(
  { catalogue, hub, clock }: BatchParts,
  tx: PlanningTransaction,
  batch: readonly Going[],
  { size, before, read, decided }: BatchSteps,
): Promise<{ plans: Plan[]; unfinished: Going[] }> {
  const now = clock()
  const pages = []
  for (const going of batch) pages.push({ ...going, page: await walk(going.event.to, going.cursor, size, tx) })
  read?.(pages.map(({ page }) => page.cursor))
  const owners = await tx.owners(pages.flatMap(({ page }) => bareAddresses(page.members)))
  const resolved = pages.map((one) => ({ ...one, ...resolve(one.page.members, owners, one.event.actor) }))
  const events = resolved.map(({ event }) => event)
  const endedOf = await endedIn(events, tx)
  const walked = resolved.map((one) => {
    const ended = endedOf(one.event)
    return { ...one, members: one.members.filter(({ id }) => !ended.has(id)), ended: one.members.filter(({ id }) => ended.has(id)) }
  })
  // Nobody is created while another chunk is written: it could wait for the same row.
  if (before === undefined) await tx.upsertUsers(walked.flatMap(({ members }) => members))
  const standingsOf = await tx.standings(
    [...new Set(walked.flatMap(({ members }) => members.map(({ id }) => id)))],
    [...new Set(events.map(({ type }) => type))],
  )
  const met = await metBefore(before, events)

  const plans = await planParts(
    walked.map(({ event, cursor, members, excluded, ended }) => ({
      event,
      members: members.filter(({ id }) => !met.recipients.has(id)),
      excluded,
      ended,
      standings: standingsOf(event.type),
      first: cursor === null,
      // A recipient can come up again only where the audience has several parts; an address also when two people of a walk share it.
      repeats: event.to.length > 1,
    })),
    { catalogue, hub: hub(), now },
    { ...tx, reached: async (eventId, hashes) => new Set([...(await tx.reached(eventId, hashes)), ...hashes.filter((hash) => met.addresses.has(hash))]) },
  )
  decided?.(plans)
  await tx.write(plans)
  // The cursor of a chunk is stored only after that of the chunk before.
  await before?.stored
  const going = await tx.progress(walked.map(({ event, task, page }) => ({ event, task, cursor: page.cursor })))
  const unfinished = walked.flatMap(({ event, task, page }) => (page.cursor === null || !going.has(event.id) ? [] : [{ task, event, cursor: page.cursor }]))
  return { plans, unfinished }
}

/** The users whom an event names and who were deleted after it was reported: whoever has such an id now, or would get it by this event, is somebody else. */
async function endedIn(events: readonly Event[], tx: Pick<PlanningTransaction, 'deletedSince'>): Promise<(event: Event) => ReadonlySet<string>> {
  const namedBy = new Map(events.map((event) => [event.id, namedIn(event)]))
  const named = [...new Set([...namedBy.values()].flat())]
  if (named.length === 0) return () => NOBODY
  const deleted = await tx.deletedSince(named, Math.min(...events.map(({ acceptedAt }) => acceptedAt)))
  return ({ id, acceptedAt }) => new Set(namedBy.get(id)?.filter((user) => (deleted.get(user) ?? acceptedAt) > acceptedAt))
}

const namedIn = ({ to }: Event): string[] => to.flatMap((audience) => (audience.kind === 'user' ? [audience.id] : []))
const NOBODY: ReadonlySet<string> = new Set()
const bareAddresses = (members: readonly Member[]): string[] => members.flatMap((member) => (member.kind === 'address' ? [member.id] : []))
