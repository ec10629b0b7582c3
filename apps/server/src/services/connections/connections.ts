import { type Asker, byOf } from '../../domain/caller.ts'
import type { StoredConnection } from '../../domain/connection.ts'
import type { JsonObject } from '../../domain/json.ts'
import { didYouMean } from '../../domain/nearest.ts'
import type { Rows, Slice } from '../../domain/page.ts'
import type { SecretFields } from '../../domain/secret-fields.ts'
import type { Clock } from '../../domain/time.ts'
import { CarillonError, found } from '../../errors.ts'
import type { CheckForm } from '../../forms/check.ts'
import type { Provider } from '../../providers/kit/contract.ts'
import type { ConnectionStore } from '../../storage/connections/connections.ts'
import { needs } from '../needs.ts'
import { createConnectionForm } from './form.ts'
import type { HubState } from './idle.ts'
import { createRunTests } from './run-tests.ts'
import { createSave } from './save.ts'
import { asSeenBy, createShow, type ShownConnection } from './shown.ts'
import { createTrials, type TrialParts } from './trials.ts'

export interface ConnectionServiceParts extends TrialParts {
  clock: Clock
  providers: readonly Provider[]
  store: ConnectionStore
  /** Connections that deliveries name and no operator made: they can only be read. */
  builtIn(id: string): StoredConnection | null
  /** Whether this event type is registered. */
  isEventType(key: string): boolean
  secrets: Pick<SecretFields, 'mask' | 'keep'>
  checkForm: CheckForm
  hub: HubState
}

/** The actions on connections. Changing or testing one needs the scope `manage`. */
export function createConnectionService({ providers, store, builtIn, isEventType, secrets, checkForm, hub, ...parts }: ConnectionServiceParts) {
  const byId = new Map(providers.map((provider) => [provider.id, provider]))
  const find = (id: string) => byId.get(id)
  const provider = (id: string): Provider => {
    const known = byId.get(id)
    if (known === undefined)
      throw new CarillonError('unknown_provider', { errors: [{ pointer: '/provider', message: `is not a known provider${didYouMean(id, [...byId.keys()])}` }] })
    return known
  }
  const checkDestination = async (of: Provider, to: JsonObject) =>
    (await checkForm({ schema: of.destination, rules: (value) => of.check({ destination: value, own: true }) }, to, '/to')).value

  const show = createShow({ find, secrets, isEventType, hub, clock: parts.clock })
  const form = createConnectionForm({ provider, secrets, checkForm })
  const trials = createTrials(parts)
  const save = createSave({ store, provider, form, trials, show })
  const tests = createRunTests({ store, find, provider, form, checkDestination, trials, clock: parts.clock })
  const manage = needs('manage')

  return {
    show,
    async list(who: Asker, slice: Slice): Promise<Rows<ShownConnection>> {
      const { rows, next } = await store.list(slice)
      return { rows: rows.map((row) => asSeenBy(who, show(row))), next }
    },
    async get(who: Asker, id: string): Promise<ShownConnection> {
      return asSeenBy(who, show(builtIn(id) ?? found(await store.get(id))))
    },
    /** Tags that connections have, with how many have each. */
    async tags(): Promise<{ tag: string; connections: number }[]> {
      const tags = (await store.all()).flatMap((connection) => connection.tags)
      const counted = Map.groupBy(tags, (tag) => tag)
      return [...counted].map(([tag, { length }]) => ({ tag, connections: length })).toSorted((a, b) => a.tag.localeCompare(b.tag, 'en'))
    },
    create: manage(save.create),
    replace: manage(save.replace),
    patch: manage(save.patch),
    remove: manage(async (who: Asker, id: string) => {
      found(await store.remove(id, byOf(who)))
    }),
    /** Resets its failures. */
    reset: manage(async (who: Asker, id: string) => {
      found(await store.reset(id, byOf(who)))
      return show(found(await store.get(id)))
    }),
    testUnsaved: manage(tests.testUnsaved),
    test: manage(tests.test),
    testAll: manage(tests.testAll),
  }
}

export type ConnectionService = ReturnType<typeof createConnectionService>
