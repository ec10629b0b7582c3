import type { DeliveryFailure } from '../../domain/delivery.ts'
import type { JsonObject } from '../../domain/json.ts'
import type { Receipt } from '../kit/contract.ts'
import type { Received, Reply } from './receiver.ts'

export interface ProviderExample {
  /** Valid settings and destination of a vendor that is played by the server at `url`. Give every secret field a value that begins with `s3cret`. */
  given(url: string): { settings: JsonObject; destination: JsonObject }
  /** The exact request for `exampleMessage()`. */
  sends: { method?: string; path: string; headers?: Record<string, string> } & (
    | { json: unknown; type?: string; read?(request: Received): unknown }
    | { form: [name: string, value: string][] }
  )
  /** The vendor's own answer to an accepted message, and what we keep of it. */
  accepted: { reply?: Reply; receipt: Receipt }
  /** Where this vendor differs from the house's reading of a status without a body. */
  failures?: Partial<Record<number, DeliveryFailure>>
  /** Statuses after which the vendor may have the message all the same. */
  unsure?: number[]
  /** Answers under 200 that are no success, beside a web page. */
  lies?: (string | object)[]
  /** The vendor says yes in so many words; whatever else can be read under 200 is no success. */
  exact?: true
  /** A web page under 200 is a success: anybody's server is asked. */
  pages?: true
  /** JSON pointers, or names of a form, of texts that the vendor shows as they are. Needed where the dialect has markup. */
  plain?: RegExp
  /** What the guard's refusal is when the address stands in the settings. */
  denied?: DeliveryFailure
  /** Every text with a limit, in what a request carried. */
  limits(request: Received): { text: string; limit: number; unit: 'chars' | 'utf16' | 'bytes' }[]
}

/** The house's reading of a status without a body. */
export const FAILURES: Record<number, DeliveryFailure> = {
  301: 'misconfigured',
  400: 'rejected',
  401: 'misconfigured',
  403: 'misconfigured',
  404: 'unreachable',
  408: 'temporary',
  410: 'unreachable',
  413: 'rejected',
  422: 'rejected',
  425: 'temporary',
  429: 'temporary',
  500: 'temporary',
  503: 'temporary',
  522: 'temporary',
}
