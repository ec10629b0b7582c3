import { applicationUrlOf, isApplicationPath, NO_APPLICATION_URL } from '../domain/application-url.ts'
import type { Event } from '../domain/event.ts'
import { MAX_DEDUP_KEY } from '../domain/event-type.ts'
import { newId } from '../domain/id.ts'
import type { JsonObject } from '../domain/json.ts'
import { didYouMean } from '../domain/nearest.ts'
import { quoted } from '../domain/quoted.ts'
import type { EventReport } from '../domain/report.ts'
import type { Millis } from '../domain/time.ts'
import { CarillonError, type FieldError, invalidField } from '../errors.ts'
import type { CatalogueEntry } from './catalogue.ts'

export interface AdmitParts {
  /** Separates the `x-sensitive` fields: masked data, and the encrypted fields. */
  seal(schema: JsonObject, data: JsonObject, eventId: string): { data: JsonObject; sensitive: string | null }
  /** Renders the dedup template; `user` is not known here, the key is scoped by user anyway. Throws with a sentence for the template's author. */
  dedupKey(template: string, data: JsonObject): string
  /** A text that is equal for equal input and reveals nothing: keys made of sensitive data are stored like this. */
  veil(text: string): string
  /** Every channel of this hub. */
  channels: readonly string[]
  /** Paths in `url` lead below it; null = they are refused. */
  applicationUrl: string | null
}

/** A report that fits its event type becomes an event. Any other ends in a `CarillonError` that names the fields. */
export function admit(report: EventReport, entry: CatalogueEntry, now: Millis, parts: AdmitParts): Event {
  const { eventType } = entry
  const wrong = entry.check(report.data)
  if (wrong.length > 0)
    throw new CarillonError('invalid_data', {
      detail: `The data does not match the schema of ${eventType.key}: ${wrong[0]!.pointer} ${wrong[0]!.message}.`,
      errors: wrong,
    })
  const fields = checkFields(report, now, parts)
  if (fields.length > 0) throw new CarillonError('invalid_field', { detail: `${fields[0]!.pointer}: ${fields[0]!.message}`, errors: fields })

  const id = newId('evt', now)
  const { data, sensitive } = entry.sensitive ? parts.seal(eventType.schema!, report.data, id) : { data: report.data, sensitive: null }
  return {
    id,
    type: eventType.key,
    to: report.to,
    data,
    sensitive,
    actor: report.actor ?? null,
    channels: report.channels ?? null,
    dedupKey: report.dedupKey ?? dedupOf(entry, report.data, parts),
    tags: report.tags ?? [],
    severity: report.severity ?? eventType.severity,
    priority: report.priority ?? eventType.priority,
    url: report.url === undefined ? null : linkOf(report.url, parts.applicationUrl),
    sendAt: report.sendAt !== undefined && report.sendAt > now ? report.sendAt : null,
    expiresAt: report.expiresAt ?? null,
    acceptedAt: now,
    hops: report.hops ?? 0,
    place: report.place ?? null,
    reporter: report.reporter ?? null,
  }
}

/** A path without an application is refused by `checkFields`. */
const linkOf = (url: string, applicationUrl: string | null): string =>
  applicationUrl !== null && isApplicationPath(url) ? applicationUrlOf(applicationUrl, url) : url

function checkFields(report: EventReport, now: Millis, parts: AdmitParts): FieldError[] {
  const errors: FieldError[] = []
  for (const [i, channel] of (report.channels ?? []).entries())
    if (!parts.channels.includes(channel)) {
      // One is enough: a batch may have fifty thousand.
      const near = errors.length === 0 ? didYouMean(channel, parts.channels) : ''
      errors.push({ pointer: `/channels/${i}`, message: `"${quoted(channel)}" is not a channel of this hub${near}` })
    }
  if (report.url !== undefined && isApplicationPath(report.url) && parts.applicationUrl === null) errors.push({ pointer: '/url', message: NO_APPLICATION_URL })
  if (report.expiresAt !== undefined && report.expiresAt <= now) errors.push({ pointer: '/expiresAt', message: 'lies in the past' })
  if (report.expiresAt !== undefined && report.sendAt !== undefined && report.expiresAt <= report.sendAt)
    errors.push({ pointer: '/expiresAt', message: 'must be later than sendAt' })
  return errors
}

function dedupOf({ eventType, sensitive }: CatalogueEntry, data: JsonObject, parts: AdmitParts): string | null {
  if (eventType.dedup === undefined) return null
  const key = rendered(eventType.dedup, data, parts)
  if (key.length > MAX_DEDUP_KEY) throw invalidField('/dedupKey', `the dedup template made ${key.length} characters, at most ${MAX_DEDUP_KEY} are allowed`)
  return key === '' ? null : sensitive ? parts.veil(key) : key
}

/** A template that fails with this data refuses this report alone: the sender may send a key instead, and the type can be corrected. */
function rendered(template: string, data: JsonObject, parts: AdmitParts): string {
  try {
    return parts.dedupKey(template, data).trim()
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error)
    throw invalidField('/dedupKey', `the dedup template of the event type fails with this data: ${why}. Send a dedupKey, or correct the template`)
  }
}
