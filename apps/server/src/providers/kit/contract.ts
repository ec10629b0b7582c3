import type { Static, TObject } from 'typebox'
import type { JsonObject } from '../../domain/json.ts'
import type { Message, OptionalPart } from '../../domain/message.ts'
import type { NamedBy } from '../../domain/named-by.ts'
import type { Clock, Millis } from '../../domain/time.ts'
import type { Call, ProxyServer, Socket, Trust } from '../../security/outbound.ts'
import type { Apprise } from './apprise-url.ts'
import type { Capabilities } from './capabilities.ts'
import type { Option } from './fields.ts'
import type { Scripts } from './scripts.ts'

/** The vendor's response to an accepted message. */
export interface Receipt {
  externalId?: string
  /** A remark for the attempt's record, e.g. `2 of 3 recipients refused`. */
  note?: string
}

/** One HTTP exchange. At most one of `json`, `form` and `body`. */
export interface HttpRequest {
  method?: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE'
  headers?: Record<string, string>
  json?: unknown
  form?: Record<string, string>
  body?: string | Buffer
  /** Timeout of the whole exchange, milliseconds: connect, headers and body. */
  deadlineMs?: number
  /** Return these non-2xx statuses instead of throwing. `all` returns every response. */
  accept?: number[] | 'all'
  /** An arbitrary server is called, which may answer success with a web page. Elsewhere a 2xx with a page fails as `misconfigured` (`web_page`). */
  pages?: boolean
  /** Absent: only certificates of the system's authorities. `defineProvider` adds it (`trustSettings`). */
  trust?: Trust
  /** Sent only where an application or an operator named the server. `defineProvider` adds them (`settings.headers`). */
  operatorHeaders?: Record<string, string>
  /** Absent: the proxy of the hub, if it has one. `defineProvider` adds it (`settings.proxy`). */
  proxy?: ProxyServer
}

export interface HttpResponse {
  status: number
  /** Lower-case names; a repeated header is joined with `, `. */
  headers: Record<string, string>
  /** At most 64 KiB of the body, UTF-8. */
  text: string
  /** The body as JSON, or undefined when it is not JSON. Never throws: a 2xx with an unexpected body is still a delivery. */
  json(): unknown
}

/**
 * The only way of a provider to the network. It knows who named the addresses of this delivery, so it judges each by the right list of
 * exceptions; a provider cannot choose.
 */
export interface Http {
  /** The host by which others know this hub: that of its base URL. */
  readonly ownName?: string
  /** Every non-2xx response becomes a `DeliveryError` unless it is in `accept`. */
  request(url: string, request?: HttpRequest): Promise<HttpResponse>
  /** For other protocols: an open socket to the first address of the host that accepts one, within one deadline for DNS, TCP and TLS. Throws a `DeliveryError`. */
  dial(call: Call): Promise<Socket>
  /**
   * For an http(s) address that another server will call for us: throws `address_not_allowed` when a person named it and it is not public.
   * What others named was checked when it was saved.
   */
  mayHandOver(url: string): Promise<void>
}

/**
 * The `Http` for one delivery: `namedBy` says who named its destination. In a destination that a person named, the hosts that `settings`
 * name are an operator's word, and every other one is that person's. Where names are left to a proxy, that is only what `destination` names: the
 * servers that a provider knows by itself could not be called otherwise.
 */
export type HttpFor = (namedBy: NamedBy, settings: JsonObject, destination?: JsonObject) => Http

/** Identifies a delivery, for idempotency keys, message ids and signatures. */
export interface DeliveryIdentity {
  /** `dlv_…`: the same on every attempt. */
  id: string
  /** Counts from 1. */
  attempt: number
  createdAt: Millis
  /** With several places, those settled by an earlier attempt (`DeliveryError.settled`): do not send to them again. Absent = none. */
  settled?: readonly string[]
  /** How many hubs its event has passed, this one included; sent as `Carillon-Hops` (`domain/hops.ts`). Absent = 1. */
  hops?: number
}

/** The secrets of one connection as they are stored now, for values that a vendor replaces: refresh tokens. */
export interface KeptSecrets {
  /** Null: there is none, or no such connection. */
  read(field: string): Promise<string | null>
  /** Stores `to` in place of `from`, and nothing when another value is stored meanwhile: false. */
  replace(field: string, from: string, to: string): Promise<boolean>
}

export interface SendJob<Settings, Destination> {
  /** Frozen, and the same object while the connection is unchanged: providers may key pools by it in a WeakMap. */
  settings: Settings
  /** Frozen, and the same object while the destination is unchanged: providers may cache keys by it in a WeakMap. */
  destination: Destination
  message: Message
  delivery: DeliveryIdentity
  http: Http
  clock: Clock
  /** Absent: scripts are off (`CARILLON_SCRIPTS_DIR`). */
  scripts?: Scripts | undefined
  /** Writes one line into the hub's own log. */
  logLine?: ((line: object) => void) | undefined
  /** Absent: the settings belong to no saved connection. */
  kept?: KeptSecrets | undefined
}

/** Parts of the hub that a provider's `check` may use. */
export interface Surroundings {
  /** Absent: scripts are off (`CARILLON_SCRIPTS_DIR`). */
  scripts?: Scripts | undefined
  /** The error of an Apprise URL, or null. */
  appriseProblem?(url: string): string | null
}

/** An error or warning in a form. */
export interface Problem {
  /** JSON pointer into the form: `/settings/…` or `/destination/…`. */
  pointer: string
  message: string
  /** Absent = error. A warning means: it works but is probably a mistake; saving needs `force`. */
  severity?: 'error' | 'warning'
}

/** A list of values for a field marked `x-live`, known only to the vendor, such as the devices of an account. `liveList` makes one. */
export interface LiveList {
  /** The fields of each form that the request needs. */
  readonly settings: TObject
  readonly destination: TObject
  /** Throws a DeliveryError when the vendor refuses. */
  list(given: { settings: JsonObject; destination: JsonObject; http: Http; clock: Clock }): Promise<Option[]>
}

/** The keys of a connection with which devices subscribe; its settings hold them. */
export interface DeviceKeys {
  /** A new pair, as fields of the settings. */
  generate(): JsonObject
  /** Whether the settings have a pair that a new one would replace. */
  present(settings: JsonObject): boolean
  /** What devices subscribe with, and the id by which each remembers it; null when the settings have no key yet. Reads nothing that is encrypted. */
  publicKey(settings: JsonObject): { id: string; key: string } | null
}

/** How a vendor's answer names the part of a message that it refuses: a pattern for each, for one line of the answer (`named-parts.ts`). */
export type PartNames = Partial<Record<OptionalPart, RegExp>>

/** One vendor or protocol on one channel: its name, its forms, how it sends. */
export interface ProviderDefinition<Settings extends TObject, Destination extends TObject, Shared extends TObject = Destination> {
  id: string
  name: string
  channel: string
  /** Link to the vendor's documentation. */
  docs: string
  settings: Settings
  destination: Destination
  /** The destination form of a shared connection, where it differs from a person's; `send`, `check` and `sameAddress` get either. */
  sharedDestination?: Shared
  capabilities: Capabilities
  /**
   * What it sends beside the text. When the vendor refuses a message with such parts, it is sent again without them (`delivery/optional-parts.ts`).
   * Rendering leaves out all but the avatar, which only the provider knows (`lacks`).
   */
  optional?: readonly OptionalPart[]
  /** The answers by which the vendor names one of them; absent = it never does. */
  names?: PartNames
  /** Whether the vendor is known to refuse a message with this link or picture. */
  refusesLink?(address: string): boolean
  /** Messages in flight at once, in place of `capabilities.concurrency`, where the operator chooses it. */
  concurrency?(settings: Static<Settings>): number
  /** Written from the vendor's documentation, not yet tested against the live service. */
  preview?: boolean
  /** People host its server themselves: the settings have `headers`, sent with every request to it. The names are those that the provider sets itself, in lower case. */
  serverHeaders?: readonly string[]
  /**
   * It is sent in the main thread: it keeps sockets of its own, or uses `dial`, `kept`, `scripts` or `logLine`. All others may be sent in another thread,
   * which has caches of its own.
   */
  inMain?: true
  /** It calls nobody, so it has no proxy. */
  local?: true
  /** People are reached on the devices they register (`/v1/me/devices`, several per person), not at one destination. */
  devices?: true
  /** What such a device is, when it does not say: `web`, `ios`. */
  platform?: string
  /** Devices subscribe with a key of the connection, and are lost when it is replaced. */
  deviceKeys?: DeviceKeys
  /** The list field in a destination, each entry of which is a place with its own deliveries and health. */
  list?: string
  /** The vendor's live lists, by name, for fields marked `x-live`. */
  options?: Record<string, LiveList>
  /** The Apprise URL schemes of this provider, and their parser. */
  apprise?: Apprise
  send(job: SendJob<Static<Settings>, Static<Destination> | Static<Shared>>): Promise<Receipt>
  /** Rules that a schema cannot express, checked when settings or a destination are saved. `own`: the destination belongs to one person. */
  check?(given: { settings?: Static<Settings>; destination?: Static<Destination> | Static<Shared>; own?: boolean }, around: Surroundings): Problem[]
  /** Warnings that need no `force`: it works here and will probably not for others. Shown with the connection. */
  advise?(given: { settings?: Static<Settings>; destination?: Static<Destination> | Static<Shared> }): Problem[]
  /** Tests the settings without sending a message. Throws a DeliveryError. */
  verify?(given: Pick<SendJob<Static<Settings>, unknown>, 'settings' | 'http' | 'clock' | 'kept'>): Promise<void>
  /** The text by which two destinations are equal; absent = all fields. Normalises case and spelling. */
  sameAddress?(destination: Static<Destination> | Static<Shared>): string
  /** Whether this destination names its own host or credentials, so that its failures do not count against the connection; absent = as `target` says. */
  ownTarget?(destination: Static<Destination> | Static<Shared>): boolean
  /** Closes resources opened for these settings: the connection changed, or the hub is stopping. */
  dispose?(settings: Static<Settings>): void | Promise<void>
}

/** What a test of settings is given. */
export type VerifyJob = Pick<SendJob<JsonObject, unknown>, 'settings' | 'http' | 'clock' | 'kept'>

/** A definition with its types hidden, so that a list of providers needs no `any`. */
export interface Provider {
  readonly id: string
  readonly name: string
  readonly channel: string
  readonly docs: string
  readonly settings: TObject
  readonly destination: TObject
  /** Absent = `destination`. */
  readonly sharedDestination?: TObject
  readonly capabilities: Capabilities
  readonly optional?: readonly OptionalPart[]
  readonly names?: PartNames
  refusesLink?(address: string): boolean
  /** Messages in flight at once on one connection, per node; undefined = no limit. */
  concurrency(settings: JsonObject): number | undefined
  readonly preview: boolean
  /** See the definition. */
  readonly inMain?: true
  readonly devices?: true
  readonly platform?: string
  readonly deviceKeys?: DeviceKeys
  readonly list?: string
  readonly options?: Record<string, LiveList>
  readonly apprise?: Apprise
  send(job: SendJob<JsonObject, JsonObject>): Promise<Receipt>
  check(given: { settings?: JsonObject; destination?: JsonObject; own?: boolean }, around?: Surroundings): Problem[]
  advise?(given: { settings?: JsonObject; destination?: JsonObject }): Problem[]
  verify?(given: VerifyJob): Promise<void>
  sameAddress(destination: JsonObject): string
  ownTarget(destination: JsonObject): boolean
  dispose(settings: JsonObject): void | Promise<void>
}
