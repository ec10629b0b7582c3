import type { DeliveryFailure } from '../../domain/delivery.ts'
import type { JsonObject } from '../../domain/json.ts'
import type { Receipt } from '../kit/contract.ts'
import type { Received, Reply } from './receiver.ts'

export interface ProviderExample {
  /** Valid settings and destination for a fake vendor at `url`. Give every secret field a value that begins with `s3cret`. */
  given(url: string): { settings: JsonObject; destination: JsonObject }
  /** The exact request for `exampleMessage()`. */
  sends: { method?: string; path: string; headers?: Record<string, string> } & (
    | { json: unknown; type?: string; read?(request: Received): unknown }
    | { form: [name: string, value: string][] }
  )
  /** The vendor's response to an accepted message, and the receipt. */
  accepted: { reply?: Reply; receipt: Receipt }
  /** Differences from the default classification of a status without a body. */
  failures?: Partial<Record<number, DeliveryFailure>>
  /** Statuses after which the vendor may still have the message. */
  unsure?: number[]
  /** Responses with status 200 that are refusals, in addition to a web page. */
  lies?: (string | object)[]
  /** The vendor passes the message on without reading it, so it refuses no part. */
  sealed?: true
  /** The vendor confirms success explicitly; any other readable body with status 200 is a refusal. */
  exact?: true
  /** A web page with status 200 is a success, because arbitrary servers are called. */
  pages?: true
  /** JSON pointers, or form fields, of texts that the vendor shows unformatted. Required where the dialect has markup. */
  plain?: RegExp
  /** The classification of the outbound guard's refusal when the address is in the settings. */
  denied?: DeliveryFailure
  /** Buttons are left out where the text needs their room. */
  slim?: true
  /** Every text with a limit, from a request. */
  limits(request: Received): { text: string; limit: number; unit: 'chars' | 'utf16' | 'bytes' }[]
}

/** The default classification of a status without a body. */
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
