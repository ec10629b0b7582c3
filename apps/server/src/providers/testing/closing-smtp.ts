import { type AddressInfo, createServer, type Socket } from 'node:net'

/** Where a connection is closed: after `MAIL FROM`, inside the message, after its final dot; never. */
export type Closing = 'mail' | 'inside' | 'dot' | null

export interface ClosingSmtp {
  port: number
  /** Beginnings of a mail: each `MAIL FROM` that arrived. */
  begun(): number
  /** Mails of which the final dot arrived, also those that were never acknowledged. */
  whole(): number
  close(): Promise<void>
}

/** A mail server on 127.0.0.1 that says as little as possible. `closes` decides for each beginning, counted from 1. */
export async function startClosingSmtp(closes: (begun: number) => Closing): Promise<ClosingSmtp> {
  let begun = 0
  let whole = 0
  const sockets = new Set<Socket>()

  function serve(socket: Socket): void {
    let closing: Closing = null
    let data = false
    let text = ''
    const say = (reply: string) => void socket.write(`${reply}\r\n`)
    const command = (line: string) => {
      if (/^EHLO/i.test(line)) say('250 closing.test')
      else if (/^MAIL/i.test(line)) {
        closing = closes(++begun)
        if (closing === 'mail') socket.destroy()
        else say('250 Ok')
      } else if (/^DATA/i.test(line)) {
        data = true
        say('354 Go on')
      } else say('250 Ok')
    }
    const ended = () => {
      whole++
      data = false
      if (closing === 'dot') socket.destroy()
      else say('250 Ok')
    }
    sockets.add(socket)
    socket.on('close', () => sockets.delete(socket)).on('error', () => {})
    socket.on('data', (chunk: Buffer) => {
      if (data && closing === 'inside') {
        socket.destroy()
        return
      }
      text += chunk.toString('latin1')
      for (;;) {
        const end = data ? '\r\n.\r\n' : '\r\n'
        const at = text.indexOf(end)
        if (at < 0) return
        const line = text.slice(0, at)
        text = text.slice(at + end.length)
        if (data) ended()
        else command(line)
      }
    })
    say('220 closing.test')
  }

  const server = createServer(serve)
  await new Promise<void>((ready) => server.listen(0, '127.0.0.1', ready))
  return {
    port: (server.address() as AddressInfo).port,
    begun: () => begun,
    whole: () => whole,
    close() {
      for (const socket of sockets) socket.destroy()
      return new Promise((closed) => server.close(() => closed()))
    },
  }
}
