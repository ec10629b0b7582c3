import Agent from 'undici/lib/dispatcher/agent.js'
import type { NamedBy } from '../../domain/named-by.ts'
import { type Outbound, type ProxyServer, proxyKey, type Trust } from '../../security/outbound.ts'

/**
 * The pools of HTTP connections. Each trust has its own pools, so that a request that checks certificates never uses a socket that did not;
 * and so has each `namedBy`, so that an address that a person named never uses a socket that was opened for an operator, and each proxy.
 */
export interface HttpAgents {
  agentFor(namedBy: NamedBy, trust: Trust | undefined, proxy?: ProxyServer): Agent
  /** Aborts requests in flight. */
  close(): Promise<void>
}

export function createHttpAgents(outbound: Outbound, connections: number): HttpAgents {
  const open = (namedBy: NamedBy, trust: Trust, proxy?: ProxyServer) =>
    new Agent({
      connections,
      pipelining: 1,
      allowH2: false,
      keepAliveTimeout: 10_000,
      // The deadline of each exchange covers these; with two timers it would be unclear which one fired.
      headersTimeout: 0,
      bodyTimeout: 0,
      maxHeaderSize: 16_384,
      connect: outbound.connector(namedBy, trust, proxy),
    })
  const strict = { application: open('application', {}), person: open('person', {}) }
  const others = new Map<string, Agent>()

  function other(namedBy: NamedBy, trust: Trust, proxy: ProxyServer | undefined): Agent {
    const through = proxy === undefined ? '' : proxyKey(proxy)
    const key = `${namedBy} ${through} ${trust.allowInvalidCertificate === true ? 'any' : (trust.caCertificate ?? '')}`
    const known = others.get(key)
    if (known) return known
    const agent = open(namedBy, trust, proxy)
    // With its last pool the agent of an authority is removed too, and with it a megabyte of certificates.
    const forget = () => {
      if (Object.keys(agent.stats).length === 0 && others.get(key) === agent) others.delete(key)
    }
    agent.on('disconnect', forget).on('connectionError', forget)
    others.set(key, agent)
    return agent
  }

  return {
    agentFor: (namedBy, trust, proxy) => (trust === undefined && proxy === undefined ? strict[namedBy] : other(namedBy, trust ?? {}, proxy)),
    async close() {
      await Promise.all([...Object.values(strict), ...others.values()].map((agent) => agent.destroy()))
    },
  }
}
