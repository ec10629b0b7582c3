import type { Dispatcher } from 'undici'
import type { Clock } from '../../domain/time.ts'
import { createOutbound, type Outbound } from '../../security/outbound.ts'
import type { Http, HttpRequest, HttpResponse } from './contract.ts'
import { DeliveryError } from './delivery-error.ts'
import { createHttpAgents } from './http-agents.ts'
import { isPage, networkError, pageError, statusError } from './http-errors.ts'

export interface HttpOptions {
  /** The guard that every connection passes. */
  outbound?: Outbound
  /** `Carillon/<this>` is our User-Agent. */
  version?: string
  /** Dates in `Retry-After` are read against it. */
  clock?: Clock
  /** Connections to one origin. */
  connections?: number
  /** Whole exchange when a request says nothing else, milliseconds. */
  deadlineMs?: number
}

const MAX_BODY = 65_536
/** What people type ends at 2048; some vendors take the whole message in the address. */
const MAX_URL = 8_192
/** Longer ones hold a message and are asked for once. */
const KEPT_URL = 2_048

/** The only door out for HTTP: guarded, without redirects, one deadline over the whole exchange, at most 64 KiB of an answer. */
export function createHttp(options: HttpOptions = {}): Http & { close(): Promise<void> } {
  const { outbound = createOutbound(), version = '0', clock = Date.now, connections = 128, deadlineMs = 15_000 } = options
  const agents = createHttpAgents(outbound, connections)
  const always = ['user-agent', `Carillon/${version}`, 'accept-encoding', 'identity']
  const targets = new Map<string, Target>()

  function targetOf(url: string): Target {
    let target = targets.get(url)
    if (!target) {
      target = parseTarget(url)
      // Parsing costs more than the rest of a request's bookkeeping; a hub with more URLs than this simply parses some again.
      if (targets.size >= 2_000) targets.clear()
      if (url.length <= KEPT_URL) targets.set(url, target)
    }
    return target
  }

  return {
    // Not async: a second promise for each request is what the profile would show first.
    request(url, request = {}) {
      let target: Target
      try {
        target = targetOf(url)
      } catch (error) {
        return Promise.reject(error)
      }
      const { method = 'POST', headers, json, form } = request
      let body = request.body ?? null
      let type: string | undefined
      if (json !== undefined) {
        body = JSON.stringify(json)
        type = 'application/json'
      } else if (form) {
        body = new URLSearchParams(form).toString()
        type = 'application/x-www-form-urlencoded'
      }
      const list = always.slice()
      for (const name in headers) {
        if (name.toLowerCase() === 'content-type') type = undefined
        list.push(name, headers[name]!)
      }
      if (type !== undefined) list.push('content-type', type)
      return new Promise((resolve, reject) => {
        const exchange = new Exchange(target.where, method !== 'GET', request, clock, resolve, reject)
        exchange.timer = setTimeout(onDeadline, request.deadlineMs ?? deadlineMs, exchange)
        agents.agentFor(request.trust).dispatch({ origin: target.origin, path: target.path, method, headers: list, body }, exchange)
      })
    },

    async resolve(host, port, use) {
      try {
        return await outbound.resolve(host, port, use)
      } catch (error) {
        throw networkError(error instanceof Error ? error : new Error(String(error)), `${host}:${port}`, false)
      }
    },

    // Whoever drains has waited for what is in flight; what is left then must not keep the process alive.
    close: agents.close,
  }
}

interface Target {
  origin: string
  path: string
  /** Scheme and host, which may be shown and logged. */
  where: string
}

function parseTarget(url: string): Target {
  const bad = (why: string) => new DeliveryError('rejected', why, { code: 'invalid_url' })
  if (url.length > MAX_URL) throw bad(`The address is longer than ${MAX_URL} characters`)
  const parsed = URL.parse(url)
  if (!parsed) throw bad('The address is not a URL')
  if (parsed.protocol !== 'https:' && parsed.protocol !== 'http:') throw bad(`The address must begin with https:// or http://, not ${parsed.protocol}`)
  if (parsed.username !== '' || parsed.password !== '') throw bad(`The address of ${parsed.host} holds a user name or password; give them in their own fields`)
  return { origin: parsed.origin, path: parsed.pathname + parsed.search, where: parsed.origin }
}

const onDeadline = (exchange: Exchange): void => exchange.expire()

/** One request on its way; its fields are what a closure for each callback would have held. */
class Exchange implements Dispatcher.DispatchHandler {
  timer: NodeJS.Timeout | undefined
  private controller: Dispatcher.DispatchController | undefined
  private sent = false
  private settled = false
  private status = 0
  private headers: Headers = {}
  private chunks: Buffer[] = []
  private size = 0
  private readonly where: string
  private readonly acts: boolean
  private readonly request: HttpRequest
  private readonly clock: Clock
  private readonly resolve: (response: HttpResponse) => void
  private readonly reject: (error: DeliveryError) => void

  constructor(
    where: string,
    acts: boolean,
    request: HttpRequest,
    clock: Clock,
    resolve: (response: HttpResponse) => void,
    reject: (error: DeliveryError) => void,
  ) {
    this.where = where
    this.acts = acts
    this.request = request
    this.clock = clock
    this.resolve = resolve
    this.reject = reject
  }

  onRequestStart(controller: Dispatcher.DispatchController): void {
    this.controller = controller
    // The deadline passed while this one waited for a free connection: nothing may be written any more.
    if (this.settled) controller.abort(new Error('too late'))
  }

  onRequestSent(): void {
    this.sent = true
  }

  onResponseStart(_controller: Dispatcher.DispatchController, status: number, headers: Headers): void {
    // 103 Early Hints and their like come before the answer.
    if (status < 200) return
    this.status = status
    this.headers = headers
  }

  onResponseData(controller: Dispatcher.DispatchController, chunk: Buffer): void {
    if (this.settled) return
    const room = MAX_BODY - this.size
    this.chunks.push(chunk.length > room ? chunk.subarray(0, room) : chunk)
    this.size += chunk.length
    if (this.size > MAX_BODY) {
      this.answer()
      controller.abort(new Error('more than we read'))
    }
  }

  onResponseEnd(): void {
    this.answer()
  }

  onResponseError(_controller: Dispatcher.DispatchController, error: Error): void {
    this.fail(networkError(error, this.where, this.sent && this.acts))
  }

  expire(): void {
    this.fail(new DeliveryError('temporary', `${this.where} did not answer in time`, { code: 'timeout', maybeDelivered: this.sent && this.acts }))
    this.controller?.abort(new Error('deadline'))
  }

  /** The status is the verdict: once it came, a body that breaks off or never ends changes nothing, or it would be sent twice. */
  private fail(error: DeliveryError): void {
    if (this.status !== 0) this.answer()
    else if (this.settle()) this.reject(error)
  }

  private answer(): void {
    if (!this.settle()) return
    const response = new Answer(this.status, this.headers, this.chunks)
    const { accept, pages } = this.request
    const ok = this.status >= 200 && this.status < 300
    if (ok && pages !== true && isPage(this.chunks)) this.reject(pageError(this.where, this.status))
    else if (ok || accept === 'all' || accept?.includes(this.status)) this.resolve(response)
    else this.reject(statusError(this.where, response, this.clock()))
  }

  private settle(): boolean {
    if (this.settled) return false
    this.settled = true
    clearTimeout(this.timer)
    return true
  }
}

type Headers = Record<string, string | string[] | undefined>

/** Most answers are looked at for their status alone, so text and headers are made when asked for. */
class Answer implements HttpResponse {
  readonly status: number
  private readonly raw: Headers
  private readonly chunks: Buffer[]

  constructor(status: number, raw: Headers, chunks: Buffer[]) {
    this.status = status
    this.raw = raw
    this.chunks = chunks
  }

  get headers(): Record<string, string> {
    const joined: Record<string, string> = {}
    for (const [name, value] of Object.entries(this.raw)) if (value !== undefined) joined[name] = Array.isArray(value) ? value.join(', ') : value
    return joined
  }

  get text(): string {
    return Buffer.concat(this.chunks).toString('utf8')
  }

  json(): unknown {
    try {
      return JSON.parse(this.text)
    } catch {
      return undefined
    }
  }
}
