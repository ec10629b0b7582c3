import { Agent } from 'undici'
import type { Outbound, Trust } from '../../security/outbound.ts'

/** The pools of HTTP connections. Each trust has its own, so that nobody who checks certificates is served over a socket where nobody did. */
export interface HttpAgents {
  agentFor(trust: Trust | undefined): Agent
  /** Cuts off what is still in flight. */
  close(): Promise<void>
}

export function createHttpAgents(outbound: Outbound, connections: number): HttpAgents {
  const open = (trust: Trust) =>
    new Agent({
      connections,
      pipelining: 1,
      allowH2: false,
      keepAliveTimeout: 10_000,
      // The deadline of each exchange covers these; two clocks would only make it unclear which one spoke.
      headersTimeout: 0,
      bodyTimeout: 0,
      maxHeaderSize: 16_384,
      connect: outbound.connector(trust),
    })
  const strict = open({})
  const others = new Map<string, Agent>()

  function other(key: string, trust: Trust): Agent {
    const known = others.get(key)
    if (known) return known
    const agent = open(trust)
    // With its last pool an authority's agent goes too, and a megabyte of certificates with it.
    const forget = () => {
      if (Object.keys(agent.stats).length === 0 && others.get(key) === agent) others.delete(key)
    }
    agent.on('disconnect', forget).on('connectionError', forget)
    others.set(key, agent)
    return agent
  }

  return {
    agentFor: (trust) => (trust === undefined ? strict : other(trust.allowInvalidCertificate === true ? 'any' : (trust.caCertificate ?? ''), trust)),
    async close() {
      await Promise.all([strict, ...others.values()].map((agent) => agent.destroy()))
    },
  }
}
