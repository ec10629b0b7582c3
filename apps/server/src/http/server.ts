import swagger from '@fastify/swagger'
import type { TypeBoxTypeProvider } from '@fastify/type-provider-typebox'
import Fastify, { type FastifyBaseLogger, type FastifyError, type FastifyReply, type FastifyRequest, LogController, type onRequestHookHandler } from 'fastify'
import type { RefusedRequest } from '../domain/refused-request.ts'
import { CarillonError } from '../errors.ts'
import type { Take } from '../services/take.ts'
import { createAnswers } from './answers.ts'
import type { App } from './app.ts'
import { accessOf } from './callers/access.ts'
import { type AuthParts, createAuth } from './callers/auth.ts'
import { type Cors, type CorsParts, createCors } from './callers/cors.ts'
import { HubServer } from './listen.ts'
import { openapi } from './pages/openapi.ts'
import { answerUnrouted, createBrokenRequests, REQUEST_LIMITS, type RequestLimits, serverOptions } from './problems/broken-requests.ts'
import { createErrorHandler, type StorageRefusal, sendProblem } from './problems/problem.ts'
import { tellRefused } from './problems/refused-request.ts'
import { sealCursors } from './requests/cursors.ts'
import { type Box, createIdempotencyHooks, type IdempotencyStore, KEYED_BY_PIPELINE } from './requests/idempotency.ts'
import { refusedHead } from './requests/request-head.ts'
import { newRequestId } from './requests/request-id.ts'
import { parseStrictJson } from './requests/strict-json.ts'
import { createValidatorCompiler, refuseUnknownParameters } from './requests/validation.ts'
import { SECURITY_HEADERS } from './security-headers.ts'
import { type RouteParts, registerRoutes } from './v1/index.ts'
import { shared } from './v1/schemas/base.ts'

/** Maximum bytes of one body. */
const BODY_LIMIT = 1024 * 1024

export interface ServerParts extends RouteParts {
  auth: AuthParts
  idempotency: IdempotencyStore
  take: Take
  /** Encrypts stored responses. */
  box: Box
  log: FastifyBaseLogger
  /** Whose pages may call. */
  cors: CorsParts
  trustProxy: boolean | string
  /** Limits of one request; those of production unless said. */
  limits?: Partial<RequestLimits>
  /** Seals cursors: 32 bytes, the same on every node. */
  cursorSecret: Uint8Array
  storageRefusal: StorageRefusal
  /** Hears of every refusal. */
  refused: (request: RefusedRequest) => void
  /** True from the moment the process was asked to stop. */
  stopping(): boolean
  /** Called when a key or a user ended on some node; returns a function that stops listening. */
  onCallersChanged(heard: () => void): () => void
  /** Routes of other rooms (inbox, streams); authenticated like all others. */
  plugins?: ((app: App) => void | Promise<void>)[]
}

/** Builds the whole HTTP edge; the caller listens (listen.ts). */
export async function createServer(parts: ServerParts): Promise<App> {
  const onError = createErrorHandler(BODY_LIMIT, parts.storageRefusal, parts.auth.clock, tellRefused(parts.refused))
  const limits = { ...REQUEST_LIMITS, ...parts.limits }
  const cors = createCors(parts.cors)
  const app: App = Fastify({
    loggerInstance: parts.log,
    // One child logger per request would cost more than the rest of a small request; errors are logged with their request id anyway.
    childLoggerFactory: (logger) => logger,
    logController: new LogController({ disableRequestLogging: true }),
    bodyLimit: BODY_LIMIT,
    trustProxy: parts.trustProxy,
    genReqId: newRequestId,
    exposeHeadRoutes: false,
    // Fastify's own answer while it closes is no problem+json; the hook below refuses with `stopping`.
    return503OnClosing: false,
    // Without a factory Fastify opens a second server for a second address, and gives it none of what follows.
    serverFactory: (handler) => new HubServer(serverOptions(limits), handler),
    clientErrorHandler: createBrokenRequests(limits, (url) => answers.methodsOf(url), cors.headersFor),
    // A user id of 128 characters, percent-encoded.
    routerOptions: { maxParamLength: 2048 },
    // No hook runs before this one.
    frameworkErrors: (error: FastifyError, request: FastifyRequest, reply: FastifyReply) =>
      onError(refusedHead(request.raw) ?? error, request, reply.headers({ ...SECURITY_HEADERS, ...cors.headersFor(request.headers.origin) })),
  }).withTypeProvider<TypeBoxTypeProvider>()

  app.decorateRequest('caller')
  app.decorateRequest('credential')
  app.decorateRequest('rawBody', null)
  app.decorateRequest('idempotency', null)
  readStrictJson(app)
  app.setValidatorCompiler(createValidatorCompiler(shared))
  app.setSerializerCompiler(() => JSON.stringify)
  app.setErrorHandler(onError)
  app.addHook('onRequest', (request, reply, done) => {
    reply.headers(SECURITY_HEADERS).headers(cors.headersFor(request.headers.origin))
    if (cors.isPreflight(request)) return void answerPreflight(request, reply, done)
    if (parts.stopping() && !request.url.startsWith('/health/')) {
      reply.header('connection', 'close')
      return done(new CarillonError('stopping', { retryAfter: 5 }))
    }
    done(refusedHead(request.raw) ?? (answers.hasEmptyPart(request.url) ? answers.noRoute(request.url) : undefined))
  })

  /** Before `stopping`: a browser shows its page no refusal of a preflight, so the request itself must be sent to be told. */
  function answerPreflight(request: FastifyRequest, reply: FastifyReply, done: (error?: Error) => void): void {
    const methods = answers.methodsOf(request.url)
    const refused = refusedHead(request.raw) ?? (methods.length === 0 ? new CarillonError('not_found') : cors.refusal(request))
    if (refused === undefined) reply.code(204).headers(cors.preflight(methods)).send()
    else done(refused)
  }

  guardEveryRoute(app, parts, cors)
  refuseUnknownParameters(app)
  sealCursors(app, parts.cursorSecret)
  const answers = createAnswers(app)
  answerUnrouted(app.server, answers.methodsOf, cors.headersFor)
  await app.register(swagger, openapi)
  for (const schema of shared) app.addSchema(schema)
  await app.register(async (scope: App) => registerRoutes(scope, parts))
  for (const plugin of parts.plugins ?? []) await app.register(async (scope: App) => plugin(scope))
  app.setNotFoundHandler((request, reply) => {
    const allowed = answers.methodsOf(request.url)
    if (allowed.length === 0) return sendProblem(reply, answers.noRoute(request.url), request.id)
    return sendProblem(reply.header('allow', allowed.join(', ')), new CarillonError('method_not_allowed'), request.id)
  })
  return app
}

/** Adds authentication (and for POSTs the idempotency key) to routes as they are registered. One that does not say who may call it is refused here. */
function guardEveryRoute(app: App, parts: ServerParts, cors: Cors): void {
  const auth = createAuth(parts.auth)
  const stop = parts.onCallersChanged(auth.forget)
  app.addHook('onClose', async () => stop())
  const { before, after } = createIdempotencyHooks(parts.idempotency, parts.box, parts.take)
  /** Public routes answer everybody, and pages of foreign origins cannot read the answer. */
  const judgeOrigin: onRequestHookHandler = (request, _reply, done) => done(cors.refusal(request))
  app.addHook('onRoute', (route) => {
    const guard = auth.guard(accessOf(`${String(route.method)} ${route.url}`, route.config), route.config?.credentials)
    if (guard !== null) {
      route.onRequest = [judgeOrigin, guard, ...listOf(route.onRequest)]
      route.preValidation = [auth.again, ...listOf(route.preValidation)]
    }
    if (guard !== null && route.method === 'POST' && !KEYED_BY_PIPELINE.has(route.url)) {
      route.preHandler = [before, ...listOf(route.preHandler)]
      route.onSend = [...listOf(route.onSend), after]
    }
  })
}

const listOf = <T>(hooks: T | T[] | undefined): T[] => (hooks === undefined ? [] : Array.isArray(hooks) ? hooks : [hooks])

function readStrictJson(app: App): void {
  app.removeAllContentTypeParsers()
  app.addContentTypeParser('application/json', { parseAs: 'buffer' }, (request, body: Buffer, done) => {
    if (body.length === 0) return done(null, undefined)
    if (request.headers['idempotency-key'] !== undefined) request.rawBody = body
    try {
      done(null, parseStrictJson(body))
    } catch (error) {
      done(error instanceof Error ? error : new Error(String(error)))
    }
  })
}
