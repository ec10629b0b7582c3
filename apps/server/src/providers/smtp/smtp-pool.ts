import type { SendMailOptions, SMTPPoolOptions } from 'nodemailer'
import { onDemand } from '../../domain/on-demand.ts'
import { SECOND } from '../../domain/time.ts'
import type { Http } from '../kit/contract.ts'
import { library } from '../kit/library.ts'
import { type Trust, tlsOptions } from '../kit/security.ts'
import { type Beginnings, createBeginnings } from './smtp-beginnings.ts'
import { helloName } from './smtp-hello.ts'
import type { SmtpTokens } from './smtp-oauth.ts'
import { createUtf8Question } from './smtp-utf8.ts'
import { createTokenSignIn, type TokenSignIn } from './token-sign-in.ts'

export interface SmtpSettings extends Trust {
  host: string
  port: number
  security: 'none' | 'starttls' | 'tls'
  username?: string
  password?: string
  helloName?: string
  connections?: number
}

export interface SmtpPool {
  /** Returns the server's reply to the message and the refused recipients; throws nodemailer's error with whether the whole message had been transmitted. */
  send(mail: SendMailOptions): Promise<{ response: string; accepted: string[]; rejectedErrors?: unknown[] | undefined }>
  /** Whether the server offers SMTPUTF8; throws nodemailer's error. */
  takesUtf8(): Promise<boolean>
  /** Connects and authenticates, without a message. */
  verify(): Promise<void>
  /** The access token that was last signed in with, which a server may repeat. */
  token(): string | undefined
  close(): void
}

/** Thrown by `send`: the error, and whether the server may have the message. */
export class SmtpFailure extends Error {
  readonly error: unknown
  readonly sent: boolean

  constructor(error: unknown, sent: boolean) {
    super('The mail was not accepted', { cause: error })
    this.error = error
    this.sent = sent
  }
}

/** Default of connections at once. */
export const CONNECTIONS = 5

const CONNECT_MS = 10 * SECOND
// The library would wait ten minutes for a silent server, and forever for one that sends single bytes.
const TOTAL_MS = 60 * SECOND

interface SmtpPoolOptions {
  /** With them the connections sign in by XOAUTH2. */
  tokens?: SmtpTokens | null
  /** Timeout of one mail; the others follow it. Tests shorten it. Milliseconds. */
  totalMs?: number
  /** Imports the library; tests let it fail. */
  load?: () => Promise<Pick<typeof import('nodemailer'), 'createTransport'>>
}

/** Connections to one mail server, each opened through the outbound guard. */
export function createSmtpPool(settings: SmtpSettings, http: Http, options: SmtpPoolOptions = {}): SmtpPool {
  const { tokens = null, totalMs = TOTAL_MS, load = () => import('nodemailer') } = options
  const signIn = tokens && createTokenSignIn(tokens)
  /** A socket, encrypted by nodemailer, which knows when (at once, or after STARTTLS), and the name to be said on it. */
  const open = async () => {
    const connection = await http.dial({ host: settings.host, port: settings.port, timeoutMs: Math.min(CONNECT_MS, totalMs) })
    return { connection, name: settings.helloName ?? helloName(http.ownName, connection) }
  }
  const getSocket: SMTPPoolOptions['getSocket'] = (_options, done) => {
    open().then(
      (socket) => done(null, socket),
      (error: Error) => done(error),
    )
  }
  const spoken = {
    host: settings.host,
    port: settings.port,
    secure: settings.security === 'tls',
    requireTLS: settings.security === 'starttls',
    ignoreTLS: settings.security === 'none',
    // The certificate is checked against the host name, although the socket was connected to one of its addresses.
    tls: tlsOptions(settings),
    connectionTimeout: Math.min(CONNECT_MS, totalMs),
    // Well before that of the socket, whose error does not say that the greeting is missing.
    greetingTimeout: Math.min(CONNECT_MS, totalMs / 3),
    socketTimeout: Math.min(30 * SECOND, totalMs),
    dnsTimeout: 5 * SECOND,
  }
  const begun = new WeakMap<object, Beginnings>()
  /** Loaded with the first mail: a hub without a mail server does without the library. */
  const transport = onDemand(async () => {
    const { createTransport } = await library(load)
    const opened = createTransport({
      pool: true,
      ...spoken,
      ...authOf(settings, signIn),
      maxConnections: settings.connections ?? CONNECTIONS,
      maxMessages: 100,
      maxRequeues: 1,
      idleTimeout: 30 * SECOND,
      disableFileAccess: true,
      disableUrlAccess: true,
      getSocket,
    })
    // Every failure reaches its `send` call; without a listener the same event would end the process.
    opened.on('error', () => {})
    opened.use('stream', (mail, done) => {
      mail.message.processFunc((message) => {
        begun.get(mail.data.headers ?? mail.data)?.begin(message)
        return message
      })
      done()
    })
    return opened
  })

  /** Once more with a new token, after the server refused the one it was given. */
  async function renewing<T>(work: () => Promise<T>): Promise<T> {
    try {
      return await work()
    } catch (error) {
      if (signIn === null || !(await signIn.renewed(error))) throw signIn?.failureIn(error) ?? error
      return await work()
    }
  }

  return {
    async send(mail) {
      const beginnings = createBeginnings()
      const { signal } = beginnings
      const timer = setTimeout(() => beginnings.abort(tooLong()), totalMs)
      const headers = { ...mail.headers }
      begun.set(headers, beginnings)
      try {
        return await renewing(async () => (await transport.get()).sendMail({ ...mail, headers, signal }))
      } catch (error) {
        throw new SmtpFailure(signal.aborted ? signal.reason : error, beginnings.written())
      } finally {
        clearTimeout(timer)
      }
    },
    takesUtf8: createUtf8Question(spoken, open),
    async verify() {
      await renewing(async () => (await transport.get()).verify())
    },
    token: () => signIn?.token(),
    close: () => transport.ifAsked((opened) => opened.close()),
  }
}

const tooLong = (): Error => Object.assign(new Error('The mail server took too long'), { code: 'ETIMEDOUT' })

const authOf = ({ username, password }: SmtpSettings, signIn: TokenSignIn | null) => {
  if (signIn !== null) return { auth: signIn.auth, forceAuth: true }
  return username === undefined && password === undefined ? {} : { auth: { user: username ?? '', pass: password ?? '' }, forceAuth: true }
}
