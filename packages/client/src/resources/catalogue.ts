import { path, walk } from '../paging.ts'
import type { CallOptions, Transport } from '../transport.ts'
import type {
  Channel,
  Connection,
  ConnectionInput,
  ConnectionPatch,
  ConnectionReplacement,
  ConnectionTest,
  ConnectionTestInput,
  EventType,
  EventTypeInput,
  GenerateVapid,
  JsonObject,
  Page,
  PageQuery,
  SaveOptions,
} from '../types.ts'

export const eventTypes = ({ request }: Transport) => {
  const list = (query: PageQuery = {}) => request<Page<EventType>>('GET', '/v1/event-types', { query })
  return {
    list,
    all: (query: PageQuery = {}) => walk(list, query),
    get: (key: string) => request<EventType>('GET', path`/v1/event-types/${key}`),
    put: (key: string, entry: EventTypeInput) => request<EventType>('PUT', path`/v1/event-types/${key}`, { body: entry }),
    delete: (key: string) => request<void>('DELETE', path`/v1/event-types/${key}`),
  }
}

export const channels = ({ request }: Transport) => ({
  list: () => request<Page<Channel>>('GET', '/v1/channels'),
  put: (channel: string, body: { enabled: boolean }) => request<Channel>('PUT', path`/v1/channels/${channel}`, { body }),
})

/** The hub waits for vendors during a test; the client's timeout is longer. */
const TEST_MS = 150_000

export const connections = ({ request }: Transport) => {
  const list = (query: PageQuery = {}) => request<Page<Connection>>('GET', '/v1/connections', { query })
  return {
    list,
    all: (query: PageQuery = {}) => walk(list, query),
    get: (id: string) => request<Connection>('GET', path`/v1/connections/${id}`),
    create: (connection: ConnectionInput, { test, force, ...options }: SaveOptions & CallOptions = {}) =>
      request<Connection>('POST', '/v1/connections', { body: connection, query: { test, force }, timeoutMs: TEST_MS, ...options }),
    /** Replaces it; a secret sent as `********` keeps its value. */
    put: (id: string, connection: ConnectionReplacement, { test, force }: SaveOptions = {}) =>
      request<Connection>('PUT', path`/v1/connections/${id}`, { body: connection, query: { test, force }, timeoutMs: TEST_MS }),
    /** Changes the given fields. */
    patch: (id: string, change: ConnectionPatch, { test, force }: SaveOptions = {}) =>
      request<Connection>('PATCH', path`/v1/connections/${id}`, { body: change, query: { test, force }, timeoutMs: TEST_MS }),
    delete: (id: string) => request<void>('DELETE', path`/v1/connections/${id}`),
    /** Web push: generates and stores the key pair; the private key is never shown. */
    generateVapid: (id: string, input: GenerateVapid = {}) => request<Connection>('POST', path`/v1/connections/${id}/actions/generate-vapid`, { body: input }),
    /** Clears its failures and unblocks it. */
    reset: (id: string) => request<Connection>('POST', path`/v1/connections/${id}/reset`),
    /** Sends real sample messages of a saved connection; a personal one needs `to`. */
    test: (id: string, body: { to?: JsonObject } = {}) => request<ConnectionTest>('POST', path`/v1/connections/${id}/test`, { body, timeoutMs: TEST_MS }),
    /** The same with settings that are not saved. */
    testUnsaved: (body: ConnectionTestInput) => request<ConnectionTest>('POST', '/v1/connections/test', { body, timeoutMs: TEST_MS }),
    /** Tests every enabled connection; one that needs a person's address reports `not_tested`. */
    testAll: () => request<Page<ConnectionTest>>('POST', '/v1/connections/test-all', { timeoutMs: TEST_MS }),
  }
}
