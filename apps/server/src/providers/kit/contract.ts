import type { Static, TObject } from 'typebox'
import type { JsonObject } from '../../domain/json.ts'
import type { Message } from '../../domain/message.ts'
import type { Clock, Millis } from '../../domain/time.ts'
import type { Trust } from '../../security/outbound.ts'
import type { Apprise } from './apprise-url.ts'
import type { Capabilities } from './capabilities.ts'
import type { Option } from './fields.ts'
import type { Scripts } from './scripts.ts'

/** What the vendor told us about an accepted message. */
export interface Receipt {
  externalId?: string
  /** A remark for the attempt's record, e.g. `2 of 3 recipients refused`. */
  note?: string
}

/** One HTTP exchange. Exactly one of `json`, `form`, `body`, or none. */
export interface HttpRequest {
  method?: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE'
  headers?: Record<string, string>
  json?: unknown
  form?: Record<string, string>
  body?: string | Buffer
  /** Whole exchange, milliseconds: connect, headers and body. */
  deadlineMs?: number
  /** Return these non-2xx statuses instead of throwing. `all` returns every answer. */
  accept?: number[] | 'all'
  /** Anybody's server is asked, which may say yes with a web page. Elsewhere a 2xx with one fails as `misconfigured` (`web_page`). */
  pages?: boolean
  /** Absent: only servers for which the authorities of the system vouch. `defineProvider` adds it (`trustSettings`). */
  trust?: Trust
}

export interface HttpResponse {
  status: number
  /** Lower-case names; a repeated header is joined by `, `. */
  headers: Record<string, string>
  /** At most 64 KiB of the body, UTF-8. */
  text: string
  /** The body as JSON, or undefined when it is not. Never throws: a 2xx with an odd body is still a delivery. */
  json(): unknown
}

/** The only way a provider talks HTTP. Every non-2xx answer becomes a `DeliveryError` unless it is in `accept`. */
export interface Http {
  request(url: string, request?: HttpRequest): Promise<HttpResponse>
  /** For providers that open their own socket: resolves a name and answers the one address they may connect to, or throws `address_not_allowed`. */
  resolve(host: string, port: number, use?: 'mail' | 'web'): Promise<{ address: string; family: 4 | 6 }>
}

/** What a delivery is called, for idempotency keys, message ids and signatures. */
export interface DeliveryIdentity {
  /** `dlv_…`: the same on every attempt. */
  id: string
  /** Counts from 1. */
  attempt: number
  createdAt: Millis
  /** Of several places, those that an earlier attempt settled (`DeliveryError.settled`): they are not asked again. Absent = none. */
  settled?: readonly string[]
}

export interface SendJob<Settings, Destination> {
  /** Frozen, and the same object as long as the connection is unchanged: providers may key pools by it in a WeakMap. */
  settings: Settings
  /** Frozen, and the same object as long as the destination is unchanged: prepared keys may hang on it in a WeakMap. */
  destination: Destination
  message: Message
  delivery: DeliveryIdentity
  http: Http
  clock: Clock
  /** Absent: scripts are off (`CARILLON_SCRIPTS_DIR`). */
  scripts?: Scripts | undefined
  /** Writes one line into the hub's own log. */
  logLine?: ((line: object) => void) | undefined
}

/** What of the hub around it a provider may look at when it checks what somebody saves. */
export interface Surroundings {
  /** Absent: scripts are off (`CARILLON_SCRIPTS_DIR`). */
  scripts?: Scripts | undefined
  /** What is wrong with an Apprise URL, or null. */
  appriseProblem?(url: string): string | null
}

/** What is wrong with settings or a destination that somebody saves. */
export interface Problem {
  /** JSON pointer into the form: `/settings/…` or `/destination/…`. */
  pointer: string
  message: string
  /** Absent = error. A warning works, but hardly as meant: it may be saved when the operator insists. */
  severity?: 'error' | 'warning'
}

/** What a field marked `x-live` is chosen from: a list that only the vendor knows, such as the devices of an account. `liveList` makes one. */
export interface LiveList {
  /** What of each form the vendor is asked with. */
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

/** One vendor or protocol on one channel: what it is called, what it needs, how it sends. */
export interface ProviderDefinition<Settings extends TObject, Destination extends TObject, Shared extends TObject = Destination> {
  id: string
  name: string
  channel: string
  /** The vendor's own documentation. */
  docs: string
  settings: Settings
  destination: Destination
  /** What a shared connection takes as its destination, where that is not what one person types; `send`, `check` and `sameAddress` see either. */
  sharedDestination?: Shared
  capabilities: Capabilities
  /** Where the operator chooses it: messages in flight at once, in place of `capabilities.concurrency`. */
  concurrency?(settings: Static<Settings>): number
  /** Facts taken from sheets, not yet seen against the real service. */
  preview?: boolean
  /** People are reached on the devices they register (`/v1/me/devices`, several each), not at one destination. */
  devices?: true
  /** What such a device is, when it does not say: `web`, `ios`. */
  platform?: string
  /** Devices subscribe with a key of the connection, and are lost when it is replaced. */
  deviceKeys?: DeviceKeys
  /** The one list in a destination, each entry of which is a place of its own: own delivery, own health. */
  list?: string
  /** Lists of the vendor's from which fields marked `x-live` are chosen, by name. */
  options?: Record<string, LiveList>
  /** Which Apprise URLs mean this provider, and how they are read. */
  apprise?: Apprise
  send(job: SendJob<Static<Settings>, Static<Destination> | Static<Shared>>): Promise<Receipt>
  /** Rules that a schema cannot say, checked when settings or a destination are saved: field -> what is wrong. `own`: the destination is one person's. */
  check?(given: { settings?: Static<Settings>; destination?: Static<Destination> | Static<Shared>; own?: boolean }, around: Surroundings): Problem[]
  /** Tests the settings without a message, for "Test" when a real message is unwelcome. Throws a DeliveryError. */
  verify?(given: { settings: Static<Settings>; http: Http; clock: Clock }): Promise<void>
  /** Which text makes two destinations the same one; absent = all of its fields. Case and spelling are folded here. */
  sameAddress?(destination: Static<Destination> | Static<Shared>): string
  /** Whether this one destination names its own host or signs in by itself, so that its failures say nothing of the connection; absent = as `target` says. */
  ownTarget?(destination: Static<Destination> | Static<Shared>): boolean
  /** Closes what was opened for these settings: the connection changed, or the hub stops. */
  dispose?(settings: Static<Settings>): void | Promise<void>
}

/** A definition with its types closed over, so that a list of providers needs no `any`. */
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
  /** Messages in flight at once on one connection, per node; undefined = no limit of its own. */
  concurrency(settings: JsonObject): number | undefined
  readonly preview: boolean
  readonly devices?: true
  readonly platform?: string
  readonly deviceKeys?: DeviceKeys
  readonly list?: string
  readonly options?: Record<string, LiveList>
  readonly apprise?: Apprise
  send(job: SendJob<JsonObject, JsonObject>): Promise<Receipt>
  check(given: { settings?: JsonObject; destination?: JsonObject; own?: boolean }, around?: Surroundings): Problem[]
  verify?(given: { settings: JsonObject; http: Http; clock: Clock }): Promise<void>
  sameAddress(destination: JsonObject): string
  ownTarget(destination: JsonObject): boolean
  dispose(settings: JsonObject): void | Promise<void>
}
