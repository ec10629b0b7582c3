/** What OpenSSL says when the other side does not answer with TLS: a plain server, or another protocol. */
const WORDS = /wrong.version.number|packet.length.too.long|unknown.protocol|http.request|record.layer.failure|ERR_SSL_WRONG_VERSION/i

/** Whether a failed handshake means that the server does not speak TLS on this port; its certificate is not the problem then. */
export const isNotTls = (error: unknown): boolean => error instanceof Error && WORDS.test(`${'code' in error ? String(error.code) : ''} ${error.message}`)

/** What web servers answer to plain HTTP on a port for HTTPS (nginx, Apache, Go, Node). */
export const wantsTls = (body: string): boolean =>
  /plain HTTP request was sent to HTTPS|speaking plain HTTP to an SSL|HTTP request to an HTTPS server|requires TLS/i.test(body.slice(0, 2_000))
