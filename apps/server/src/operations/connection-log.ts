import type { Outcome } from '../delivery/outcome.ts'
import { createAtMost } from '../domain/at-most.ts'
import type { Connection, TargetHealth } from '../domain/connection.ts'
import { type Clock, MINUTE } from '../domain/time.ts'
import type { Trouble } from '../domain/trouble.ts'
import type { Log } from '../log.ts'

/** What an operator does about a failing connection, by the kind of its failure. */
const REMEDIES: Readonly<Record<Trouble, string>> = {
  unreachable: 'Check its host and port, the network and the firewall between, and whether the outbound guard allows the address.',
  failing: 'Ask the status page or the log of that server; its deliveries are tried again.',
  busy: 'Nothing, unless it lasts: the vendor limits how much is sent.',
  settings: 'Correct its settings.',
  gone: 'Correct its destination.',
  refused: 'Read what it says about the message, the sender or the account.',
  given_up: 'Correct its destination.',
  ours: 'This is a fault of Carillon: report it with this line.',
}

export interface ConnectionLogParts {
  log: Pick<Log, 'warn'>
  clock: Clock
  find(id: string): Connection | undefined
}

/**
 * A warning at the first failure of a connection, then at most one a minute for each while it goes on failing; `alike` counts those between. An
 * operator reads it long before the connection is blocked. A refusal that was only counted says nothing of its connection until the series is full.
 */
export function createConnectionLog({ log, clock, find }: ConnectionLogParts): (outcomes: readonly Outcome[], changed: readonly TargetHealth[]) => void {
  const turn = createAtMost(clock, MINUTE)
  return (outcomes, changed) => {
    for (const { health, delivery } of outcomes)
      for (const { target, error: said, field, pauseMs, refusal, ...report } of health) {
        if (said === null || pauseMs !== undefined || !target.startsWith('con_')) continue
        const after = refusal && changed.find((one) => one.target === target && one.alike?.blamed)
        if (refusal !== undefined && after === undefined) continue
        const error = after?.lastError ?? said
        const trouble = after === undefined ? report.trouble : 'refused'
        const alike = turn(target)
        if (alike === null) continue
        const { name, provider, channel } = find(target) ?? { name: target, provider: null, channel: delivery.channel }
        const remedy = `${REMEDIES[trouble ?? 'failing']} Try it with: carillon connections test ${target}`
        log.warn(
          { connection: target, name, provider, channel, delivery: delivery.id, error, field, remedy, alike },
          `the connection “${name}” fails: ${error}`,
        )
      }
  }
}
