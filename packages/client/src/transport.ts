import { baseOf, bearerOf } from './address.ts'
import { CarillonError, errorOf, unreachable } from './error.ts'

export interface ClientOptions {
  /** The hub's address, e.g. `https://bells.example.com`. */
  baseUrl: string
  /** API key or user token; a function is called before every request, so that it can renew a user token. */
  token: string | (() => string | Promise<string>)
  /** The user for user routes, when the token is an API key with the scope `act`. */
  user?: string
  fetch?: typeof globalThis.fetch
  /**
   * For how long a call is repeated, in milliseconds: while the hub cannot be reached, or asks to wait (408, 429, 502, 503, 504). Default 60,000,
   * longer than a restart with a drain takes; 0 = never. A caller with less time gives a `signal`.
   */
  retryForMs?: number
  /** Retries after the first try at most; only `retryForMs` ends them unless said. */
  retries?: number
  /** Ends every call of this client: `hub.with({ signal })`. */
  signal?: AbortSignal
  /** Timeout of one try in milliseconds; default 30,000. */
  timeoutMs?: number
  /** Waits between tries; replaced in tests. */
  wait?: (ms: number, signal?: AbortSignal) => Promise<void>
}

export interface RequestOptions {
  query?: object | undefined
  body?: unknown
  /** 1-255 printable ASCII characters, bound to this POST for 24 hours; generated when absent, and the same on every try. */
  idempotencyKey?: string | undefined
  /**
   * How many hubs the event has passed: the header `Carillon-Hops` of the message that is reported again. It ends loops between hubs: a report
   * of an event that has passed more than 8 is refused.
   */
  hops?: number | undefined
  signal?: AbortSignal | undefined
  /** Timeout of one try in milliseconds, where the hub itself waits for others. */
  timeoutMs?: number | undefined
}

/** Options of every call. */
export type CallOptions = Pick<RequestOptions, 'idempotencyKey' | 'signal'>
/** Options of reports. */
export type ReportCallOptions = CallOptions & Pick<RequestOptions, 'hops'>

export type Method = 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE'

/** Makes all requests to the hub. */
export interface Transport {
  /** Returns the parsed body, undefined for 204; throws a `CarillonError`, also when a signal ends it (`aborted`). */
  request<T>(method: Method, path: string, options?: RequestOptions): Promise<T>
  /** One try, no timeout: for streams. Returns any 2xx response. */
  open(path: string, options?: { headers?: Record<string, string>; query?: object | undefined; signal?: AbortSignal | undefined }): Promise<Response>
}

const FIRST_WAIT = 200
/** A hub that is back is found within this time. */
const LONGEST_BACKOFF = 4000
const RETRY_FOR = 60_000
/** A longer Retry-After is not awaited: the caller gets the error and decides. */
const LONGEST_ASKED = 30_000

export function createTransport(options: ClientOptions): Transport {
  const base = baseOf(options.baseUrl)
  const fetch = options.fetch ?? globalThis.fetch
  const wait = options.wait ?? pause
  const retries = options.retries ?? Infinity
  const retryFor = options.retryForMs ?? RETRY_FOR
  const patience = options.timeoutMs ?? 30_000

  async function headers(): Promise<Record<string, string>> {
    const token = typeof options.token === 'function' ? await options.token() : options.token
    return { authorization: bearerOf(token), ...(options.user === undefined ? {} : { 'carillon-user': encodeURIComponent(options.user) }) }
  }

  async function once(method: Method, path: string, { query, body, idempotencyKey, hops, signal, timeoutMs = patience }: RequestOptions): Promise<Response> {
    const head = await headers()
    if (body !== undefined) head['content-type'] = 'application/json'
    if (idempotencyKey !== undefined) head['idempotency-key'] = idempotencyKey
    if (hops !== undefined) head['carillon-hops'] = String(hops)
    const limit = AbortSignal.timeout(timeoutMs)
    const init: RequestInit = { method, headers: head, signal: anyOf(signal, limit) ?? limit }
    if (body !== undefined) init.body = JSON.stringify(body)
    return fetch(base + path + queryText(query), init)
  }

  return {
    async request<T>(method: Method, path: string, given: RequestOptions = {}): Promise<T> {
      const signal = anyOf(given.signal, options.signal)
      const request = { ...given, signal, ...(method === 'POST' && { idempotencyKey: given.idempotencyKey ?? newKey() }) }
      // Tries that hang count as well as the waits between them.
      let spent = 0
      for (let tries = 0; ; tries++) {
        const began = Date.now()
        const outcome = await once(method, path, request)
          .then((response) => readAnswer<T>(response, base))
          .catch((cause: unknown) => (cause instanceof CarillonError ? cause : unreachable(base, cause)))
        if (!(outcome instanceof CarillonError)) return outcome.body
        spent += Date.now() - began
        const left = retryFor - spent
        if (signal?.aborted) throw aborted(signal)
        if (tries >= retries || left <= 0 || !mayRetry(outcome)) throw outcome
        const asked = outcome.retryAfter === undefined ? null : outcome.retryAfter * 1000
        if (asked !== null && asked > Math.min(LONGEST_ASKED, left)) throw outcome
        // The last try comes at the end of the time.
        const delay = asked ?? Math.min(backoff(tries), left)
        await wait(delay, signal).catch((cause: unknown) => {
          throw signal?.aborted ? aborted(signal) : cause
        })
        spent += delay
      }
    },
    async open(path, { headers: more, query, signal } = {}) {
      if (options.signal?.aborted) throw aborted(options.signal)
      const init: RequestInit = { headers: { ...(await headers()), ...more }, signal: anyOf(signal, options.signal) ?? null }
      const response = await fetch(base + path + queryText(query), init)
      if (!response.ok) throw await errorOf(response)
      return response
    },
  }
}

/** Rejects when the answer was cut: then nobody knows what it said, and the request is made again. */
async function readAnswer<T>(response: Response, base: string): Promise<{ body: T } | CarillonError> {
  if (!response.ok) return errorOf(response)
  const text = await response.text()
  try {
    // The contract defines the 2xx body of each route; the hub's tests enforce it.
    return { body: (text === '' ? undefined : JSON.parse(text)) as T }
  } catch (cause) {
    const detail = `${base} answered something that is not JSON; is it the address of a hub?`
    return new CarillonError({ code: `http_${response.status}`, status: response.status, detail }, { cause })
  }
}

const aborted = ({ reason }: AbortSignal): CarillonError =>
  new CarillonError({ code: 'aborted', detail: 'The call was ended by its signal.' }, { cause: reason })

function anyOf(...signals: (AbortSignal | undefined)[]): AbortSignal | undefined {
  const given = signals.filter((signal) => signal !== undefined)
  return given.length > 1 ? AbortSignal.any(given) : given[0]
}

/** Browsers have `randomUUID` on pages over https only, and hubs at home are often called over http. */
const newKey = (): string => crypto.randomUUID?.() ?? [...crypto.getRandomValues(new Uint8Array(16))].map((byte) => byte.toString(16).padStart(2, '0')).join('')

/**
 * Every try of a POST has the same idempotency key, so a request that did arrive is not processed twice; the other methods set a state and may
 * be repeated.
 */
function mayRetry(error: CarillonError): boolean {
  if (error.status === 409) return error.code === 'idempotency_running'
  return error.status === 0 || error.status === 408 || error.status === 429 || error.status === 502 || error.status === 503 || error.status === 504
}

/** 200 ms, 400 ms, 800 ms, … 4 s, half of it random, so that many clients do not return at once. */
const backoff = (tries: number): number => Math.min(FIRST_WAIT * 2 ** tries, LONGEST_BACKOFF) * (0.5 + Math.random() / 2)

function queryText(query: object | undefined): string {
  if (query === undefined) return ''
  const search = new URLSearchParams()
  for (const [name, value] of Object.entries(query)) if (value !== undefined && value !== null) search.set(name, String(value))
  const text = search.toString()
  return text === '' ? '' : `?${text}`
}

function pause(ms: number, signal?: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => {
      signal?.removeEventListener('abort', stop)
      resolve()
    }, ms)
    function stop(): void {
      clearTimeout(timer)
      reject(signal?.reason)
    }
    signal?.addEventListener('abort', stop, { once: true })
  })
}
