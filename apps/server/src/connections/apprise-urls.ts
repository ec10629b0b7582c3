import type { Connection } from '../domain/connection.ts'
import type { JsonObject } from '../domain/json.ts'
import { SERVER_FIELDS } from '../domain/server-fields.ts'
import type { FieldError } from '../errors.ts'
import { addressesIn } from '../forms/check.ts'
import type { FormCheck } from '../forms/form-check.ts'
import { argumentProblem } from '../providers/kit/apprise-arguments.ts'
import { handedOver, parseAppriseUrl, saysNo } from '../providers/kit/apprise-url.ts'
import type { Provider } from '../providers/kit/contract.ts'
import { deepFreeze } from './freeze.ts'

/** The channel of pasted URLs, and the connection on which they queue. It always exists and needs no settings. */
export const APPRISE = 'apprise'
export const DIRECT: Connection = Object.freeze({
  id: 'con_apprise',
  name: 'Apprise URLs',
  provider: APPRISE,
  channel: APPRISE,
  settings: {},
  destination: null,
  personal: true,
  events: [],
  tags: [],
  minSeverity: null,
  priority: Number.NEGATIVE_INFINITY,
  enabled: true,
  limits: null,
  updatedAt: 0,
})

/** The meaning of a URL: one of the hub's providers, with both halves of its form. */
export interface Meaning {
  provider: Provider
  settings: JsonObject
  destination: JsonObject
}

export interface AppriseUrls {
  /** Null: no provider of the hub knows the scheme. A string is the error in the URL. */
  read(url: string, stored?: boolean): Meaning | string | null
  /** The meaning of a stored destination; the same frozen objects as long as the destination is the same. */
  meaning(destination: JsonObject): Meaning | null
  /** The meaning of one whose meaning was asked for, else null. */
  known(destination: JsonObject): Meaning | null
  /** Every supported scheme, in order. */
  schemes: readonly string[]
}

/** `checkForm` fills in defaults and returns the errors, as for the form that a URL replaces. */
export function createAppriseUrls(providers: readonly Provider[], checkForm: FormCheck): AppriseUrls {
  const byScheme = new Map(providers.flatMap((provider) => (provider.apprise?.schemes ?? []).map((scheme) => [scheme, provider] as const)))
  const meanings = new WeakMap<JsonObject, Meaning | null>()

  /** `stored`: it was checked when it was saved, by the rules of that version. */
  function read(text: string, stored = false): Meaning | string | null {
    const url = parseAppriseUrl(text)
    if (url === null) return null
    const provider = byScheme.get(url.scheme) ?? providers.find(({ apprise }) => apprise?.native?.test(text.trim()))
    if (provider?.apprise === undefined) return null
    const native = !provider.apprise.schemes.includes(url.scheme)
    const halves: { settings?: object; destination: object } | string = native
      ? { destination: { webhookUrl: url.raw.trim() } }
      : ((stored ? null : argumentProblem(url, provider)) ?? provider.apprise.parse(url))
    if (typeof halves === 'string') return halves
    const settings = plain(halves.settings ?? {})
    if (!native && saysNo(url, 'verify')) settings['allowInvalidCertificate'] = true
    const destination = plain(halves.destination)
    const wrong = [...checkForm(provider.settings, settings, '/settings'), ...checkDestination(provider, destination)]
    if (wrong.length === 0) wrong.push(...provider.check({ settings, destination }).filter(({ severity }) => severity !== 'warning'))
    if (wrong[0] !== undefined) return `is not complete for ${provider.name}: ${wrong[0].pointer.split('/').slice(2).join('/')} ${wrong[0].message}`
    return { provider, settings: deepFreeze(settings), destination: deepFreeze(destination) }
  }

  /** A person's form, or that of a shared connection where only that one can express the URL: several addresses, a key. */
  function checkDestination({ destination: own, sharedDestination: shared }: Provider, value: JsonObject): FieldError[] {
    const wrong = checkForm(own, value, '/destination')
    return wrong.length > 0 && shared !== undefined && checkForm(shared, value, '/destination').length === 0 ? [] : wrong
  }

  return {
    read,
    meaning(destination) {
      let known = meanings.get(destination)
      if (known === undefined) {
        const [url] = Array.isArray(destination['urls']) ? destination['urls'] : []
        const found = typeof url === 'string' ? read(url, true) : null
        known = typeof found === 'string' ? null : found
        meanings.set(destination, known)
      }
      return known
    },
    known: (destination) => meanings.get(destination) ?? null,
    schemes: [...byScheme.keys()].sort(),
  }
}

/** Fields that a parser left undefined are absent. */
const plain = (value: object): JsonObject => JSON.parse(JSON.stringify(value))

/** The addresses that a URL leads to: those in the forms that it means, or its own. */
export function addressesOf(text: string, meaning: Meaning | string | null): string[] {
  if (meaning !== null && typeof meaning !== 'string') {
    const { settings, destination } = meaning
    return [...addressesIn({ settings, destination }, '')].map(([, address]) => address)
  }
  return [/^smtp:/i.test(text) ? text : handedOver(text)]
}

/**
 * A label for a URL that must stay hidden: its scheme, and the server in its destination, else in its settings. It is the provider instead where
 * a token stands in the host's place or the server is the vendor's. `json://example.com:8443`, `tgram://telegram`
 */
export function appriseLabel({ read }: AppriseUrls, text: string): string {
  const found = read(text, true)
  const { provider, settings, destination } = found === null || typeof found === 'string' ? NOTHING : found
  const address = [...addressesIn({ destination, settings }, '')].find(([pointer]) => SERVER_FIELDS.some((field) => pointer.split('/').includes(field)))
  return `${parseAppriseUrl(text)?.scheme ?? APPRISE}://${(address && URL.parse(address[1])?.host) || provider.id}`
}

/** A URL that is passed to an Apprise API server unparsed. */
const NOTHING = { provider: { id: APPRISE }, settings: {}, destination: {} }

/** Why a URL cannot be pasted, or null. Without an Apprise API connection only supported schemes can be. */
export function appriseProblem({ read, schemes }: AppriseUrls, url: string, relayed: boolean): string | null {
  const found = read(url)
  if (typeof found === 'string') return found
  if (found !== null || relayed) return null
  return `has an unsupported scheme and there is no Apprise API connection to pass it to; supported: ${schemes.map((scheme) => `${scheme}://`).join(', ')}; use one of these, or ask an operator to add such a connection`
}
