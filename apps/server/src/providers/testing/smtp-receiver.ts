import type { AddressInfo } from 'node:net'
import { SMTPServer, type SMTPServerOptions } from 'smtp-server'

export interface ReceivedMail {
  from: string
  to: string[]
  /** Raw headers and body. */
  raw: string
  /** Lower-case names, unfolded; the first of each name. */
  headers: Record<string, string>
  /** The authenticated user, and whether the session was encrypted. */
  user: string | undefined
  secure: boolean
  /** The name in EHLO. */
  hello: string
}

type Refusal = string | 'hang-up' | 'silence' | undefined
type Verb = 'connect' | 'auth' | 'mail' | 'rcpt' | 'data'

export interface SmtpReceiver {
  host: string
  port: number
  mails: ReceivedMail[]
  /** Connections ever accepted. */
  connections(): number
  /**
   * Answers this verb with a reply such as `550 5.1.1 No such user`, or closes the connection there; undefined = normal again. At `rcpt` it
   * may depend on the address.
   */
  refuse(verb: Verb, reply: Refusal | ((address: string) => Refusal)): void
  close(): Promise<void>
}

export interface SmtpReceiverOptions {
  /** Implicit TLS, STARTTLS offered, or neither. */
  security?: 'tls' | 'starttls' | 'none'
  /** Absent = smtp-server's own certificate, which nobody should trust. */
  certificate?: { cert: string; key: string }
  /** Whether SMTPUTF8 is offered; absent = yes. */
  utf8?: boolean
  /** The only accepted password; absent = no authentication offered. */
  password?: string
  /** XOAUTH2: whether an access token is accepted. `challenge`: it refuses with a challenge first, as Google does; Exchange does not. */
  oauth?: { accepts(user: string, token: string): boolean; challenge?: boolean }
}

/** A real SMTP server on 127.0.0.1 that stores mails and can be set to refuse at any verb. */
export async function startSmtpReceiver({ security = 'none', certificate, password, oauth, utf8 = true }: SmtpReceiverOptions = {}): Promise<SmtpReceiver> {
  const mails: ReceivedMail[] = []
  const refusals = new Map<Verb, Refusal | ((address: string) => Refusal)>()
  let connections = 0

  /** Calls back with the configured refusal of this verb, or without one. */
  function at(verb: Verb, done: (error?: Error | null) => void, address = ''): void {
    const given = refusals.get(verb)
    const reply = typeof given === 'function' ? given(address) : given
    if (reply === undefined) done()
    else if (reply === 'hang-up') for (const socket of sockets) socket.destroy()
    else if (reply !== 'silence') done(Object.assign(new Error(reply.slice(4)), { responseCode: Number(reply.slice(0, 3)) }))
  }

  const options: SMTPServerOptions = {
    secure: security === 'tls',
    ...certificate,
    disabledCommands: [...(security === 'starttls' ? [] : ['STARTTLS']), ...(password === undefined && oauth === undefined ? ['AUTH'] : [])],
    authMethods: oauth === undefined ? ['PLAIN', 'LOGIN'] : ['XOAUTH2'],
    hideSMTPUTF8: !utf8,
    authOptional: true,
    allowInsecureAuth: true,
    logger: false,
    disableReverseLookup: true,
    closeTimeout: 100,
    onConnect: (_session, done) => at('connect', done),
    onAuth: (auth, _session, done) =>
      at('auth', (error) => {
        if (error) done(error)
        else if (oauth !== undefined) {
          const { username = '', accessToken = '' } = auth
          if (oauth.accepts(username, accessToken)) done(null, { user: username })
          else if (oauth.challenge) done(null, { data: { status: '401', schemes: 'bearer' } })
          else done(Object.assign(new Error(`5.7.3 Authentication unsuccessful ${accessToken}`), { responseCode: 535 }))
        } else if (auth.password === password) done(null, { user: auth.username ?? '' })
        else done(Object.assign(new Error(`5.7.8 Wrong password ${auth.password}`), { responseCode: 535 }))
      }),
    onMailFrom: (_address, _session, done) => at('mail', done),
    onRcptTo: ({ address }, _session, done) => at('rcpt', done, address),
    onData(stream, session, done) {
      const chunks: Buffer[] = []
      stream.on('data', (chunk: Buffer) => chunks.push(chunk))
      stream.on('end', () =>
        at('data', (error) => {
          if (error) {
            done(error)
            return
          }
          const raw = Buffer.concat(chunks).toString()
          const { mailFrom, rcptTo } = session.envelope
          mails.push({
            from: mailFrom === false ? '' : mailFrom.address,
            to: rcptTo.map(({ address }) => address),
            raw,
            headers: headersOf(raw),
            user: typeof session.user === 'string' ? session.user : undefined,
            secure: session.secure,
            hello: session.hostNameAppearsAs,
          })
          done(null, 'queued as 42')
        }),
      )
    },
  }
  const server = new SMTPServer(options)
  server.on('error', () => {})
  const sockets = new Set<{ destroy(): unknown }>()
  server.server.on('connection', (socket) => {
    connections++
    sockets.add(socket)
    socket.on('close', () => sockets.delete(socket))
  })
  await new Promise<void>((ready) => server.listen(0, '127.0.0.1', () => ready()))
  const { port } = server.server.address() as AddressInfo
  return {
    host: '127.0.0.1',
    port,
    mails,
    connections: () => connections,
    refuse(verb, reply) {
      if (reply === undefined) refusals.delete(verb)
      else refusals.set(verb, reply)
    },
    close() {
      // Node 24 crashes when a socket is destroyed while TLS on it is still refusing; smtp-server closes those itself (`closeTimeout`).
      if (security === 'none') for (const socket of sockets) socket.destroy()
      return new Promise((closed) => server.close(() => closed()))
    },
  }
}

function headersOf(raw: string): Record<string, string> {
  const headers: Record<string, string> = {}
  const head = raw.slice(0, raw.indexOf('\r\n\r\n')).replace(/\r\n[ \t]+/g, ' ')
  for (const line of head.split('\r\n')) {
    const colon = line.indexOf(':')
    headers[line.slice(0, colon).toLowerCase()] ??= line.slice(colon + 1).trim()
  }
  return headers
}
