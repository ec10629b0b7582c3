import type { Config } from '../config.ts'
import { type OutboundOptions, parseAllowList } from '../security/outbound.ts'

/** The outbound guard's options of this configuration, which was checked when it was read. */
export const outboundOf = ({
  outboundAllow,
  outboundAllowUsers,
  outboundProxy,
  outboundProxyResolves,
}: Pick<Config, 'outboundAllow' | 'outboundAllowUsers' | 'outboundProxy' | 'outboundProxyResolves'>): OutboundOptions => ({
  allow: parseAllowList(outboundAllow),
  allowUsers: parseAllowList(outboundAllowUsers),
  proxy: outboundProxy,
  proxyResolves: outboundProxyResolves,
})
