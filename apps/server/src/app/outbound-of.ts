import type { Config } from '../config.ts'
import { type OutboundOptions, parseAllowList, parseProxy } from '../security/outbound.ts'

/** The outbound guard's options of this configuration, which was checked when it was read. */
export function outboundOf({ outboundAllow, outboundAllowUsers, outboundProxy, outboundProxyResolves }: Config): OutboundOptions {
  const proxy = outboundProxy === null ? null : parseProxy(outboundProxy, 'operator')
  return {
    allow: parseAllowList(outboundAllow),
    allowUsers: parseAllowList(outboundAllowUsers),
    proxy: typeof proxy === 'string' ? null : proxy,
    proxyResolves: outboundProxyResolves,
  }
}
