import type { ConnectionTest, ConnectionTestInput } from '@carillon/client'
import type { Asker } from '../../domain/caller.ts'
import type { Connection, NewConnection } from '../../domain/connection.ts'
import type { JsonObject } from '../../domain/json.ts'
import { type Clock, MINUTE, type Millis } from '../../domain/time.ts'
import { found, invalidField } from '../../errors.ts'
import type { Provider } from '../../providers/kit/contract.ts'
import type { ConnectionStore } from '../../storage/connections/connections.ts'
import type { ReadForm } from './form.ts'
import type { Trials } from './trials.ts'

export interface RunTestParts {
  store: Pick<ConnectionStore, 'get' | 'all'>
  find(provider: string): Provider | undefined
  /** Throws `unknown_provider`. */
  provider(id: string): Provider
  /** Checks an unsaved form as saving would. */
  form: ReadForm
  /** Checks a person's destination; pointers begin with `/to`. */
  checkDestination(provider: Provider, to: JsonObject): Promise<JsonObject>
  trials: Pick<Trials, 'allow' | 'run'>
  clock: Clock
}

/** Connections tested at once: a hanging vendor delays a few others, not all. */
const AT_ONCE = 16
/** No further test of `all` begins after this time: a person waits for the result. */
const TEST_ALL: Millis = MINUTE

/** Tests of an unsaved form, of one saved connection, and of all. */
export function createRunTests({ store, find, provider: providerOf, form, checkDestination, trials, clock }: RunTestParts) {
  async function destinationOf(
    provider: Provider,
    { personal, destination }: Pick<NewConnection, 'personal' | 'destination'>,
    to: JsonObject | undefined,
  ): Promise<JsonObject | null> {
    if (!personal) return destination
    if (to !== undefined) return checkDestination(provider, to)
    if (provider.verify) return null
    throw invalidField('/to', 'is required: this provider can only be tested by sending to somebody')
  }

  return {
    async testUnsaved(who: Asker, { id, to, ...input }: ConnectionTestInput): Promise<ConnectionTest> {
      await trials.allow(who)
      const stored = id === undefined ? null : found(await store.get(id))
      const { connection } = await form(input, stored)
      const provider = providerOf(connection.provider)
      return trials.run(who, null, provider, { ...connection, destination: await destinationOf(provider, connection, to) })
    },

    async test(who: Asker, id: string, to: JsonObject | undefined): Promise<ConnectionTest> {
      await trials.allow(who)
      const connection = found(await store.get(id))
      const provider = providerOf(connection.provider)
      return trials.run(who, connection.id, provider, { ...connection, destination: await destinationOf(provider, connection, to) })
    },

    /** Every enabled connection. One that cannot be tested by itself, or would begin too late, reads `not_tested`. */
    async testAll(who: Asker): Promise<ConnectionTest[]> {
      await trials.allow(who)
      const all = (await store.all()).flatMap((connection) => {
        const provider = find(connection.provider)
        return connection.enabled && provider !== undefined ? [{ connection, provider }] : []
      })
      const until = clock() + TEST_ALL
      return inTurn(all, AT_ONCE, ({ connection, provider }) => {
        if (connection.personal && !provider.verify)
          return notTested(connection, '/to', 'it can only be tested by sending to somebody; test it by itself, with `to`')
        if (clock() >= until) return notTested(connection, '', 'the others took too long; test it by itself')
        return trials.run(who, connection.id, provider, connection)
      })
    },
  }
}

const notTested = ({ id, name }: Connection, field: string, why: string): ConnectionTest => ({
  id,
  name,
  ok: false,
  sent: [],
  failures: [{ field, message: `Not tested: ${why}`, severity: 'warning', code: 'not_tested' }],
})

/** Returns the results in the order of `items`; at most `width` run at once. */
async function inTurn<Item, Result>(items: readonly Item[], width: number, run: (item: Item) => Result | Promise<Result>): Promise<Result[]> {
  const results: Result[] = []
  const waiting = items.entries()
  const work = async () => {
    for (const [i, item] of waiting) results[i] = await run(item)
  }
  await Promise.all(Array.from({ length: Math.min(width, items.length) }, work))
  return results
}
