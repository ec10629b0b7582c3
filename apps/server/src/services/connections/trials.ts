import type { ConnectionTest, ConnectionTestFailure } from '@carillon/client'
import type { By } from '../../domain/by.ts'
import { type Asker, actorOf, byOf } from '../../domain/caller.ts'
import type { NewConnection } from '../../domain/connection.ts'
import type { JsonObject } from '../../domain/json.ts'
import { CarillonError } from '../../errors.ts'
import type { Provider } from '../../providers/kit/contract.ts'
import type { Take } from '../take.ts'

/** The form under test: settings, and the recipient of the samples; without a destination the provider only verifies its settings. */
export interface Tried extends Pick<NewConnection, 'name' | 'personal' | 'settings' | 'events'> {
  destination: JsonObject | null
  /** The saved connection that it is, unchanged. */
  id?: string
}

export interface TrialResult {
  sent: string[]
  failures: ConnectionTestFailure[]
  /** The result for the connection's health; absent when it says something about its recipient only. */
  health?: { error: string | null }
}

export interface TrialParts {
  take: Take
  /** Sends the samples. */
  testConnection(provider: Provider, tried: Tried): Promise<TrialResult>
  /** Writes the audit line, and the result for the health of a saved connection; `id` is null when it is not saved. */
  tested(id: string | null, name: string, result: TrialResult, by: By): Promise<void>
}

/** Tests send real messages, so they are limited, audited, and count for the health of the tested connection. */
export function createTrials({ take, testConnection, tested }: TrialParts) {
  return {
    /** Throws `too_many_requests` when this caller has tested enough for now. */
    allow: ({ caller }: Asker): Promise<void> => take([{ limit: 'connection.test', of: actorOf(caller) }]),

    async run(who: Asker, id: string | null, provider: Provider, tried: Tried): Promise<ConnectionTest> {
      const result = await testConnection(provider, tried)
      await tested(id, tried.name, result, byOf(who))
      return { id, name: tried.name, ok: worked(result), sent: result.sent, failures: result.failures }
    },

    /** Tests a form before it is saved; the returned function records the result afterwards. Throws `connection_test_failed`: a failing form is not saved. */
    async beforeSaving(who: Asker, provider: Provider, tried: Tried): Promise<(id: string) => Promise<void>> {
      const result = await testConnection(provider, tried)
      if (worked(result)) return (id) => tested(id, tried.name, result, byOf(who))
      await tested(null, tried.name, result, byOf(who))
      const errors = result.failures.map(({ field, message, severity }) => ({ pointer: field, message, severity }))
      throw new CarillonError('connection_test_failed', { detail: `Nothing was saved, because the test failed: ${errors[0]?.message}`, errors })
    },
  }
}

const worked = ({ failures }: TrialResult): boolean => failures.every(({ severity }) => severity === 'warning')

export type Trials = ReturnType<typeof createTrials>
