import { Agent } from 'undici'
import type { Outbound, Trust } from '../../security/outbound.ts'

/** The pools of HTTP connections. Each trust has its own pools, so that a request that checks certificates never uses a socket that did not. */
export interface HttpAgents {
  agentFor(trust: Trust | undefined): Agent
  /** Aborts requests in flight. */
  close(): Promise<void>
}

export function createHttpAgents(outbound: Outbound, connections: number): HttpAgents {
  const open = (trust: Trust) =>
    new Agent({
      connections,
      pipelining: 1,
      allowH2: false,
      keepAliveTimeout: 10_000,
      // The deadline of each exchange covers these; with two timers it would be unclear which one fired.
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
    // With its last pool the agent of an authority is removed too, and with it a megabyte of certificates.
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
