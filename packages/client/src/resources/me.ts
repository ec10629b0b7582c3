import { path } from '../paging.ts'
import type { Transport } from '../transport.ts'
import type {
  Destination,
  Device,
  DeviceInput,
  JsonObject,
  MyTopic,
  Option,
  Page,
  Preferences,
  PreferencesInput,
  PushKey,
  Routing,
  RoutingInput,
} from '../types.ts'

/** User routes: with a user token, or with a key with the scope `act` and a given `user`. */
export const me = ({ request }: Transport) => ({
  routing: () => request<Routing>('GET', '/v1/me/routing'),
  putRouting: (input: RoutingInput) => request<Routing>('PUT', '/v1/me/routing', { body: input }),
  preferences: () => request<Preferences>('GET', '/v1/me/preferences'),
  patchPreferences: (input: PreferencesInput) => request<Preferences>('PATCH', '/v1/me/preferences', { body: input }),
  destinations: () => request<Page<Destination>>('GET', '/v1/me/destinations'),
  destination: (channel: string) => request<Destination>('GET', path`/v1/me/destinations/${channel}`),
  /** The body is the destination form of the channel's provider, e.g. `{address}` for `email`. */
  putDestination: (channel: string, body: JsonObject) => request<Destination>('PUT', path`/v1/me/destinations/${channel}`, { body }),
  /** The choices of a field marked `x-live` in the user's own form, fetched from the vendor with the current form. */
  destinationOptions: (channel: string, name: string, destination: JsonObject) =>
    request<Page<Option>>('POST', path`/v1/me/destinations/${channel}/options/${name}`, { body: { destination } }),
  deleteDestination: (channel: string) => request<void>('DELETE', path`/v1/me/destinations/${channel}`),
  /** Confirms with the code that was sent to the new address. */
  confirmDestination: (channel: string, code: string) => request<Destination>('POST', path`/v1/me/destinations/${channel}/confirm`, { body: { code } }),
  devices: () => request<Page<Device>>('GET', '/v1/me/devices'),
  /** Identified by its token or endpoint: registering again keeps it, and transfers it to this user. At most 20. */
  registerDevice: (device: DeviceInput) => request<Device>('POST', '/v1/me/devices', { body: device }),
  deleteDevice: (id: string) => request<void>('DELETE', path`/v1/me/devices/${id}`),
  /** The public key with which a browser subscribes. */
  pushKey: () => request<PushKey>('GET', '/v1/me/push-key'),
  /** The topics that one is in. */
  topics: () => request<Page<MyTopic>>('GET', '/v1/me/topics'),
  /** `not_found` for a topic that is not open, as for one that does not exist. */
  subscribe: (topic: string) => request<void>('PUT', path`/v1/me/topics/${topic}`),
  unsubscribe: (topic: string) => request<void>('DELETE', path`/v1/me/topics/${topic}`),
})
