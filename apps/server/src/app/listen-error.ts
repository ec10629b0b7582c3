import { codeOf, StartError } from '../domain/start-error.ts'

const OTHER_HOST = '127.0.0.1 listens on this machine only, 0.0.0.0 and :: on every address'

type Listening = { host: string; port: number }

/** By error code: https://man7.org/linux/man-pages/man2/bind.2.html and getaddrinfo(3). */
const SENTENCES: Readonly<Record<string, (at: Listening) => string>> = {
  EADDRINUSE: ({ host, port }) =>
    `PORT: another program listens at ${host}:${port} already, perhaps another hub. Stop that one (\`ss -ltnp\` shows it), or set PORT to a free port.`,
  EACCES: ({ host, port }) =>
    `PORT: this user may not listen at ${host}:${port}. Set PORT to 1024 or more, or give the process the right to use a lower one (systemd: AmbientCapabilities=CAP_NET_BIND_SERVICE).`,
  EADDRNOTAVAIL: ({ host }) => `HOST: this machine has no address ${host}. Set HOST to one that it has: ${OTHER_HOST}.`,
  EAFNOSUPPORT: ({ host }) => `HOST: this machine has no addresses of the family of ${host}. Set HOST to one that it has: ${OTHER_HOST}.`,
  ENOTFOUND: ({ host }) =>
    `HOST: "${host}" is neither an address nor a name that this machine can look up. Set HOST to an address of this machine: ${OTHER_HOST}.`,
  EAI_AGAIN: ({ host }) =>
    `HOST: the name "${host}" could not be looked up, because the resolver does not answer. Set HOST to an address of this machine: ${OTHER_HOST}.`,
}

/** Why the hub cannot listen, for whoever started it. Any other error is returned as it is. */
export function listenError(error: unknown, at: Listening): unknown {
  const sentence = SENTENCES[codeOf(error)]
  if (sentence !== undefined) return new StartError(sentence(at), error)
  if (error instanceof RangeError || error instanceof TypeError) return error
  const why = error instanceof Error ? error.message : String(error)
  return new StartError(`HOST and PORT: the hub cannot listen at ${at.host}:${at.port}: ${why}`, error)
}
