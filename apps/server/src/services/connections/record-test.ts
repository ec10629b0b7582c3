import type { TargetHealth } from '../../domain/connection.ts'
import type { RecordTest } from '../../storage/connections/test-record.ts'
import type { TrialParts } from './trials.ts'

export interface TestedParts {
  record: RecordTest
  /** The health of a connection has changed: this node acts on it at once. */
  learned(health: TargetHealth): void
}

/** The result of a manual test counts like a delivery: it is audited, may block or open the connection, and operators are notified of that. */
export const createTested =
  ({ record, learned }: TestedParts): TrialParts['tested'] =>
  async (id, name, { failures, health }, by) => {
    const ok = failures.every(({ severity }) => severity === 'warning')
    const after = await record({ id, name, ok, codes: failures.map(({ code }) => code), health }, by)
    if (after !== null) learned(after)
  }
