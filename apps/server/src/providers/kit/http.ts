import type { Dispatcher } from 'undici'
import type { NamedBy } from '../../domain/named-by.ts'
import type { Clock } from '../../domain/time.ts'
import { bareHost, createOutbound, hostPort, type Outbound, OutboundDenied } from '../../security/outbound.ts'
import type { Http, HttpFor, HttpRequest, HttpResponse } from './contract.ts'
import { DeliveryError } from './delivery-error.ts'
import { createHttpAgents } from './http-agents.ts'
import { isPage, networkError, pageError, plainError, statusError } from './http-errors.ts'
import { hostOf, hostsIn, names, portOf } from './named-hosts.ts'
import { wantsTls } from './not-tls.ts'

export interface HttpOptions {
  /** The outbound guard that checks every connection. */
  outbound?: Outbound
  /** The version in our User-Agent, `Carillon/<version>`. */
  version?: string
  /** See `Http.ownName`. */
  ownName?: string | undefined
  /** For dates in `Retry-After`. */
  clock?: Clock
  /** Maximum of connections to one origin. */
  connections?: number
  /** Default timeout of a whole exchange, milliseconds. */
  deadlineMs?: number
}

const MAX_BODY = 65_536
/** Typed addresses have at most 2048 characters; some vendors take the whole message in the URL. */
const MAX_URL = 8_192
/** Longer URLs contain a message and are used once, so they are not cached. */
const KEPT_URL = 2_048

/** The network for what connections, event types and applications name; `for` gives that of one delivery. */
export interface HttpDoor extends Http {
  for: HttpFor
  close(): Promise<void>
}

/** The only outbound HTTP client: guarded, without redirects, with one deadline for the whole exchange, reading at most 64 KiB of a response. */
export function createHttp(options: HttpOptions = {}): HttpDoor {
  const { outbound = createOutbound(), version = '0', ownName, clock = Date.now, connections = 128, deadlineMs = 15_000 } = options
  const agents = createHttpAgents(outbound, connections)
  const always = ['user-agent', `Carillon/${version}`, 'accept-encoding', 'identity']
  const targets = new Map<string, Target>()

  function targetOf(url: string): Target {
    let target = targets.get(url)
    if (!target) {
      target = parseTarget(url)
      // Caches parsed URLs, because parsing costs more than the rest of a request's bookkeeping; beyond this size some are parsed again.
      if (targets.size >= 2_000) targets.clear()
      if (url.length <= KEPT_URL) targets.set(url, target)
    }
    return target
  }

  /** `destination`: who named it; `namer` says it of one server, by `host:port`. */
  const door = (destination: NamedBy, namer: (server: string) => NamedBy): Http => ({
    ...(ownName === undefined ? {} : { ownName }),
    // Not async: a second promise per request would dominate the profile.
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
      const namedBy = namer(target.server)
      if (namedBy === 'application') for (const name in request.operatorHeaders) list.push(name, request.operatorHeaders[name]!)
      return new Promise((resolve, reject) => {
        const exchange = new Exchange(target.where, method !== 'GET', request, clock, resolve, reject)
        exchange.timer = setTimeout(onDeadline, request.deadlineMs ?? deadlineMs, exchange)
        const agent = agents.agentFor(namedBy, request.trust, request.proxy)
        agent.dispatch({ origin: target.origin, path: target.path, method, headers: list, body }, exchange)
      })
    },

    async dial(call) {
      try {
        return await outbound.open(call, namer(hostPort(bareHost(call.host), call.port)))
      } catch (error) {
        throw networkError(error instanceof Error ? error : new Error(String(error)), `${call.host}:${call.port}`, false)
      }
    },

    async mayHandOver(url) {
      if (destination === 'application') return
      const parsed = URL.parse(url)
      if (parsed === null) throw new DeliveryError('rejected', 'The address is not a URL', { code: 'invalid_url' })
      try {
        await outbound.permits({ host: parsed.hostname, port: portOf(parsed), use: 'web' }, destination)
      } catch (error) {
        // A name that only the other server can resolve is its own affair.
        if (error instanceof OutboundDenied) throw networkError(error, url, false)
      }
    },
  })

  const application = door('application', () => 'application')
  return {
    ...application,
    for(namedBy, settings, destination) {
      if (namedBy === 'application') return application
      const operators = hostsIn(settings)
      const theirs = (server: string) => !operators.has(server) && (!outbound.proxyResolves || destination === undefined || names(destination, server))
      return door('person', (server) => (theirs(server) ? 'person' : 'application'))
    },
    // Draining has already waited for requests in flight; remaining ones must not keep the process alive.
    close: agents.close,
  }
}

interface Target {
  origin: string
  path: string
  /** Scheme and host, which are safe to show and log. */
  where: string
  /** `host:port`, normalised. */
  server: string
}

function parseTarget(url: string): Target {
  const bad = (why: string) => new DeliveryError('rejected', why, { code: 'invalid_url' })
  if (url.length > MAX_URL) throw bad(`The address is longer than ${MAX_URL} characters`)
  const parsed = URL.parse(url)
  if (!parsed) throw bad('The address is not a URL')
  if (parsed.protocol !== 'https:' && parsed.protocol !== 'http:') throw bad(`The address must begin with https:// or http://, not ${parsed.protocol}`)
  if (parsed.username !== '' || parsed.password !== '') throw bad(`The address of ${parsed.host} holds a user name or password; give them in their own fields`)
  if (parsed.port === '0') throw bad(`The address of ${parsed.hostname} has port 0, on which nothing listens`)
  return { origin: parsed.origin, path: parsed.pathname + parsed.search, where: parsed.origin, server: hostOf(url) ?? '' }
}

const onDeadline = (exchange: Exchange): void => exchange.expire()

/** One request in flight; its fields replace a closure per callback. */
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
    // The deadline passed while this request waited for a free connection: nothing may be written any more.
    if (this.settled) controller.abort(new Error('too late'))
  }

  onRequestSent(): void {
    this.sent = true
  }

  onResponseStart(_controller: Dispatcher.DispatchController, status: number, headers: Headers): void {
    // 103 Early Hints and similar precede the response.
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

  /** The status decides: after it, a truncated or endless body changes nothing, or the message would be sent twice. */
  private fail(error: DeliveryError): void {
    if (this.status !== 0) this.answer()
    else if (this.settle()) this.reject(error)
  }

  private answer(): void {
    if (!this.settle()) return
    const response = new Answer(this.status, this.headers, this.chunks)
    const { accept, pages } = this.request
    const ok = this.status >= 200 && this.status < 300
    if (this.status === 400 && this.where.startsWith('http:') && wantsTls(response.text)) this.reject(plainError(this.where, this.status))
    else if (ok && pages !== true && isPage(this.chunks)) this.reject(pageError(this.where, this.status))
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

/** Most callers read only the status, so text and headers are built on demand. */
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
