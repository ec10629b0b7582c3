import { inbox } from './inbox.ts'
import { channels, connections, eventTypes } from './resources/catalogue.ts'
import { events } from './resources/events.ts'
import { providers, tags } from './resources/forms.ts'
import { me } from './resources/me.ts'
import { audit, deliveries, health, keys } from './resources/operations.ts'
import { topics, users } from './resources/people.ts'
import { type ClientOptions, createTransport, type Transport } from './transport.ts'

const resources = (transport: Transport) => ({
  events: events(transport),
  eventTypes: eventTypes(transport),
  users: users(transport),
  topics: topics(transport),
  channels: channels(transport),
  providers: providers(transport),
  tags: tags(transport),
  connections: connections(transport),
  deliveries: deliveries(transport),
  me: me(transport),
  inbox: inbox(transport),
  keys: keys(transport),
  audit: audit(transport),
  health: health(transport),
})

export interface Client extends ReturnType<typeof resources> {
  /** For routes that this version of the client does not cover. */
  transport: Transport
  /** The same hub as one of its users (the key needs the scope `act`). */
  as(user: string): Client
  /** The same hub with other options, e.g. `hub.with({ signal, retryForMs: 0 })` for calls that must end soon. */
  with(options: Partial<ClientOptions>): Client
}

/**
 * A client of one hub.
 *
 *     const hub = createClient({ baseUrl: 'https://bells.example.com', token: process.env.CARILLON_KEY })
 *     await hub.events.report({ type: 'build.failed', to: [{ topic: 'team' }], data: { branch: 'main' } })
 *
 * Calls are retried when the hub cannot be reached or asks to wait; a POST carries the same `Idempotency-Key` on every try.
 */
export function createClient(options: ClientOptions): Client {
  const transport = createTransport(options)
  return { transport, ...resources(transport), as: (user) => createClient({ ...options, user }), with: (more) => createClient({ ...options, ...more }) }
}
