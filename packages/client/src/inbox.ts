import { streamInbox } from './inbox-stream.ts'
import type {
  InboxBulkDone,
  InboxBulkInput,
  InboxCounts,
  InboxFilter,
  InboxItem,
  InboxQuery,
  InboxReadAllDone,
  InboxStreamOptions,
  InboxTicket,
} from './inbox-types.ts'
import { path, walk } from './paging.ts'
import type { CallOptions, Transport } from './transport.ts'
import type { Page } from './types.ts'

/** The inbox of the token's user, or of the user for whom the key acts (`client.as(user)`). */
export const inbox = (transport: Transport) => {
  const { request } = transport
  const list = (query: InboxQuery = {}) => request<Page<InboxItem>>('GET', '/v1/inbox', { query })
  return {
    /** Newest first. */
    list,
    all: (query: InboxQuery = {}) => walk(list, query),
    counts: () => request<InboxCounts>('GET', '/v1/inbox/counts'),
    read: (id: string) => request<InboxItem>('POST', path`/v1/inbox/${id}/read`),
    unread: (id: string) => request<InboxItem>('POST', path`/v1/inbox/${id}/unread`),
    seen: (id: string) => request<InboxItem>('POST', path`/v1/inbox/${id}/seen`),
    archive: (id: string) => request<InboxItem>('POST', path`/v1/inbox/${id}/archive`),
    unarchive: (id: string) => request<InboxItem>('POST', path`/v1/inbox/${id}/unarchive`),
    /** Hides it until this time; null shows it again. */
    snooze: (id: string, until: string | null) => request<InboxItem>('POST', path`/v1/inbox/${id}/snooze`, { body: { until } }),
    delete: (id: string) => request<void>('DELETE', path`/v1/inbox/${id}`),
    bulk: (body: InboxBulkInput, options?: CallOptions) => request<InboxBulkDone>('POST', '/v1/inbox/bulk', { body, ...options }),
    readAll: (body: InboxFilter = {}, options?: CallOptions) => request<InboxReadAllDone>('POST', '/v1/inbox/read-all', { body, ...options }),
    /** For an EventSource or WebSocket, which cannot set a header: `?ticket=…`, valid once, for 60 s. */
    ticket: (options?: CallOptions) => request<InboxTicket>('POST', '/v1/inbox/tickets', { ...options }),
    /** Live changes; reconnects automatically and misses nothing. Resolves when `signal` ends it. */
    stream: (options: InboxStreamOptions) => streamInbox(transport, options),
  }
}
