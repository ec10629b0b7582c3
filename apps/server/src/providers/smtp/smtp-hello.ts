import { isIP, isIPv6 } from 'node:net'
import { hostname } from 'node:os'

/** A name that a mail server takes for fully qualified; whether it resolves is not known here. */
const isQualified = (name: string): boolean => /^[a-z0-9-]+(\.[a-z0-9-]+)+$/i.test(name) && isIP(name) === 0 && !/(^|\.)(localhost|localdomain)$/i.test(name)

/**
 * The name in EHLO, where the settings give none (RFC 5321 4.1.1.1): the host of the hub's base URL, else the name of the machine, each only
 * when it is fully qualified; else the address from which this socket was opened, in brackets.
 */
export function helloName(ownName: string | undefined, socket: { localAddress?: string | undefined }, machine: string = hostname()): string {
  const name = [ownName, machine].find((one) => one !== undefined && isQualified(one))
  if (name !== undefined) return name
  const address = (socket.localAddress ?? '127.0.0.1').replace(/^::ffff:(?=[\d.]+$)|%.*/gs, '')
  return isIPv6(address) ? `[IPv6:${address}]` : `[${address}]`
}
