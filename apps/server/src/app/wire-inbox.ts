import type { EventType } from '../domain/event-type.ts'
import type { ServerParts } from '../http/server.ts'
import { type InboxParts, inboxRoutes } from '../http/v1/inbox.ts'
import { createFeed } from '../inbox/feed.ts'
import type { InboxRow, Rendered } from '../inbox/item.ts'
import { createPresenter } from '../inbox/present.ts'
import { rootCredential } from '../security/api-keys.ts'
import { createTake } from '../services/take.ts'
import { onConfigChange } from '../storage/config-changes.ts'
import { createInboxReads } from '../storage/inbox/inbox.ts'
import { createInboxMarks } from '../storage/inbox/marks.ts'
import { createCredentialCheck } from '../storage/inbox/stream-credentials.ts'
import { createTicketStore } from '../storage/inbox/tickets.ts'
import type { Base, Rooms } from './parts.ts'

/** The routes of the inbox and its streams, with the feed behind them. */
export function inboxPlugin({
  catalogue,
  clock,
  config,
  dialect,
  failed,
  live,
  random,
  renderer,
  ring,
  stores,
  log,
}: Base & Rooms): NonNullable<ServerParts['plugins']>[number] {
  const reads = createInboxReads(dialect, clock)
  const present = createPresenter(
    (row) => render(row),
    (error) => log.warn({ err: error }, 'an inbox entry could not be rendered'),
  )
  const feed = createFeed({
    store: reads,
    present,
    random,
    subscribe: live.subscribe,
    every(ms, run) {
      const timer = setInterval(run, ms)
      return () => clearInterval(timer)
    },
    onError: (error) => failed('inbox stream', error),
  })
  const take = createTake(stores.uses, clock)
  const tickets = createTicketStore(dialect, clock)
  const parts: InboxParts = {
    reads,
    marks: createInboxMarks({ dialect, clock, inboxChanged: live.inboxChanged }),
    present,
    clock,
    feed,
    positionSecret: ring.derive('positions'),
    stillGood: createCredentialCheck(dialect, clock, config.rootKey === null ? null : rootCredential(config.rootKey)),
    tickets: {
      ...tickets,
      async issue(hash, opener) {
        await take([{ limit: 'ticket.issue', of: [opener.credential.kind, opener.userId] }])
        return tickets.issue(hash, opener)
      },
    },
    account: stores.users.account,
  }
  return async (app) => {
    // Open streams would keep the server from closing.
    const stop = onConfigChange(dialect, (kind) => {
      if (kind === 'keys' || kind === 'users') feed.doubt()
    })
    app.addHook('preClose', async () => {
      stop()
      feed.close()
    })
    await inboxRoutes(app, parts)
  }

  function render(row: InboxRow): Rendered {
    const eventType = catalogue.find(row.type)?.eventType
    if (eventType === undefined) return { title: row.type, body: '', actions: [], ...(row.event.url === null ? {} : { url: row.event.url }) }
    const { email, name, locale, timezone, data, id } = row.user
    const recipient = {
      id,
      data,
      ...(email !== null && { email }),
      ...(name !== null && { name }),
      ...(locale !== null && { locale }),
      ...(timezone !== null && { timezone }),
    }
    return renderer.inbox({
      event: {
        id: row.eventId,
        type: row.type,
        data: row.event.data,
        tags: row.event.tags,
        url: row.event.url,
        severity: row.severity as EventType['severity'],
        priority: row.priority,
        createdAt: row.event.acceptedAt,
      },
      eventType,
      recipient,
    })
  }
}
