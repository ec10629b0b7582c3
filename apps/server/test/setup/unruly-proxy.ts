import { connect, createServer, type Socket } from 'node:net'

/** A proxy between the hub and a server, which a test makes unruly. */
export interface UnrulyProxy {
  port: number
  /** From now on: hands everything on; resets every connection, new ones too; or keeps them open and hands nothing on. */
  set(mode: 'pass' | 'reset' | 'hang'): void
  close(): Promise<void>
}

export async function startUnrulyProxy(target: { host: string; port: number }): Promise<UnrulyProxy> {
  let mode: 'pass' | 'reset' | 'hang' = 'pass'
  const sockets = new Set<Socket>()
  const keep = (socket: Socket): Socket => {
    sockets.add(socket)
    return socket.on('close', () => sockets.delete(socket)).on('error', () => socket.destroy())
  }
  const server = createServer((near) => {
    keep(near)
    if (mode === 'reset') return void near.resetAndDestroy()
    const far = keep(connect(target))
    for (const [from, to] of [
      [near, far],
      [far, near],
    ] as const) {
      from.on('data', (bytes) => {
        if (mode === 'pass') to.write(bytes)
      })
      from.on('close', () => to.destroy())
    }
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const address = server.address()
  if (typeof address !== 'object' || address === null) throw new Error('the proxy has no port')
  return {
    port: address.port,
    set(next) {
      mode = next
      if (next === 'reset') for (const socket of sockets) socket.resetAndDestroy()
    },
    async close() {
      for (const socket of sockets) socket.destroy()
      await new Promise((resolve) => server.close(resolve))
    },
  }
}
