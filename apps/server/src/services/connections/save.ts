import type { ConnectionInput, ConnectionPatch, ConnectionReplacement, SaveOptions } from '@carillon/client'
import { type Asker, byOf } from '../../domain/caller.ts'
import type { NewConnection, StoredConnection } from '../../domain/connection.ts'
import { CarillonError, found, invalidField } from '../../errors.ts'
import type { Provider } from '../../providers/kit/contract.ts'
import type { ConnectionStore } from '../../storage/connections/connections.ts'
import type { ReadForm } from './form.ts'
import type { Show, ShownConnection } from './shown.ts'
import type { Trials } from './trials.ts'

export interface SaveParts {
  store: Pick<ConnectionStore, 'get' | 'create' | 'put' | 'refuseTaken'>
  /** Throws `unknown_provider`. */
  provider(id: string): Provider
  form: ReadForm
  trials: Pick<Trials, 'allow' | 'beforeSaving'>
  show: Show
}

/** A change is refused after this many concurrent changes. */
const TRIES = 10

/** Creates and changes connections: a form is checked, and tested when asked to. */
export function createSave({ store, provider: providerOf, form, trials, show }: SaveParts) {
  /** The form that may be saved. A disabled connection sends nothing, so only its errors count. */
  async function checked(who: Asker, input: ConnectionInput, stored: StoredConnection | null, { test = false, force = false }: SaveOptions) {
    const { connection, warnings } = await form(input, stored)
    if (connection.enabled && !force && warnings[0])
      throw new CarillonError('connection_warnings', { detail: `${warnings[0].pointer} ${warnings[0].message}`, errors: warnings })
    return { connection, passed: connection.enabled && test ? await tryOut(who, connection, stored) : null }
  }

  async function tryOut(who: Asker, connection: NewConnection, stored: StoredConnection | null) {
    const provider = providerOf(connection.provider)
    if (connection.personal && !provider.verify)
      throw invalidField('/query/test', 'cannot be done: this provider has to send to somebody; ask POST /v1/connections/test with `to`')
    await store.refuseTaken(connection.name, stored?.id ?? null)
    await trials.allow(who)
    return trials.beforeSaving(who, provider, connection)
  }

  async function saved(id: string, passed: ((id: string) => Promise<void>) | null): Promise<ShownConnection> {
    await passed?.(id)
    return show(found(await store.get(id)))
  }

  /** After a concurrent change, this one is made again on the stored version. A test sends real messages, so it is not run twice. */
  async function change(who: Asker, id: string, options: SaveOptions, toInput: (stored: StoredConnection) => ConnectionInput): Promise<ShownConnection> {
    for (let tries = options.test ? 1 : TRIES; tries > 0; tries--) {
      const stored = found(await store.get(id))
      const { connection, passed } = await checked(who, toInput(stored), stored, options)
      if (await store.put(stored, connection, byOf(who))) return saved(id, passed)
    }
    throw new CarillonError('conflict')
  }

  return {
    async create(who: Asker, input: ConnectionInput, options: SaveOptions): Promise<ShownConnection> {
      const { connection, passed } = await checked(who, input, null, options)
      return saved(await store.create(connection, byOf(who)), passed)
    },
    replace: (who: Asker, id: string, given: ConnectionReplacement, options: SaveOptions) => change(who, id, options, (stored) => replacement(given, stored)),
    patch: (who: Asker, id: string, given: ConnectionPatch, options: SaveOptions) =>
      change(who, id, options, (stored) => {
        const { provider, personal, name, settings, destination, events, tags, minSeverity, priority, enabled, limits } = show(stored)
        return { provider, personal, name, settings, destination, events, tags, minSeverity, priority, enabled, limits, ...given }
      }),
  }
}

/** A replacement may be the shown connection with changes. Read-only fields are ignored, except that `id` and `channel` have to agree. */
function replacement(given: ConnectionReplacement, stored: StoredConnection): ConnectionInput {
  const {
    id = stored.id,
    channel = stored.channel,
    unknownTypes: _types,
    warnings: _warnings,
    health: _health,
    createdAt: _created,
    updatedAt: _updated,
    ...input
  } = given
  if (id !== stored.id) throw invalidField('/id', 'is that of another connection; it may be left out')
  if (channel !== stored.channel) throw invalidField('/channel', 'is that of the provider; it may be left out')
  return input
}
