// Shows what arrives: mail on 127.0.0.1:2525, webhooks on http://127.0.0.1:8090. For trying things out only.
import { createHmac, timingSafeEqual } from 'node:crypto'
import { createServer } from 'node:http'
import { SMTPServer } from 'smtp-server'

const SECRET = process.env.WEBHOOK_SECRET ?? ''

const textOf = async (stream) => {
  let text = ''
  for await (const chunk of stream) text += chunk
  return text
}

/** Standard Webhooks: HMAC-SHA256 over `id.timestamp.body`, with the bytes behind `whsec_`. */
function isGenuine(headers, body) {
  const signed = `${headers['webhook-id']}.${headers['webhook-timestamp']}.${body}`
  const expected = createHmac('sha256', Buffer.from(SECRET.replace('whsec_', ''), 'base64')).update(signed).digest()
  return String(headers['webhook-signature'])
    .split(' ')
    .map((one) => Buffer.from(one.replace('v1,', ''), 'base64'))
    .some((given) => given.length === expected.length && timingSafeEqual(given, expected))
}

createServer(async (request, response) => {
  const body = await textOf(request)
  response.writeHead(200).end()
  const signature = SECRET === '' ? 'not checked' : isGenuine(request.headers, body) ? 'genuine' : 'FORGED'
  console.log(`webhook ${request.headers['webhook-id']}, signature ${signature}\n${body}\n`)
}).listen(8090, '127.0.0.1')

new SMTPServer({
  authOptional: true,
  disabledCommands: ['STARTTLS', 'AUTH'],
  async onData(stream, session, done) {
    const mail = await textOf(stream)
    const subject = /^Subject: (.*)$/m.exec(mail)?.[1]
    console.log(`mail to ${session.envelope.rcptTo.map(({ address }) => address).join(', ')}: ${subject}\n`)
    done()
  },
}).listen(2525, '127.0.0.1')

console.log('catching mail on 127.0.0.1:2525 and webhooks on http://127.0.0.1:8090')
