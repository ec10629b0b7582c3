import type { Static, TObject } from 'typebox'
import Schema from 'typebox/schema'
import type { Clock } from '../../domain/time.ts'
import type { Http, LiveList } from './contract.ts'
import { DeliveryError } from './delivery-error.ts'
import type { Option } from './fields.ts'
import { throughProxy, withProxy } from './proxy.ts'
import { trustIn } from './trust.ts'

/** A `LiveList` with the types of its two forms. */
interface Definition<Settings extends TObject, Destination extends TObject> {
  /** The fields of each form that the request needs (`Type.Pick`); the others may be empty or invalid. */
  settings: Settings
  destination: Destination
  /** Throws a DeliveryError when the vendor refuses. */
  list(given: { settings: Static<Settings>; destination: Static<Destination>; http: Http; clock: Clock }): Promise<Option[]>
}

export function liveList<Settings extends TObject, Destination extends TObject>(definition: Definition<Settings, Destination>): LiveList {
  const settingsSchema = Schema.Compile(definition.settings)
  const destinationSchema = Schema.Compile(definition.destination)
  const trust = trustIn(definition.settings)
  return {
    ...definition,
    settings: withProxy(definition.settings),
    list({ settings, destination, http, clock }) {
      if (!settingsSchema.Check(settings) || !destinationSchema.Check(destination))
        return Promise.reject(new DeliveryError('misconfigured', 'The form lacks a field that this list needs', { code: 'settings' }))
      return definition.list(trust.job(throughProxy({ settings, destination, http, clock }))).catch(trust.advise)
    },
  }
}

/** Entries of an untrusted response: those for which `read` returns an option, sorted by label. */
export function optionsIn(entries: unknown, read: (entry: unknown) => Partial<Record<keyof Option, unknown>>): Option[] {
  if (!Array.isArray(entries)) return []
  return entries
    .flatMap((entry): Option[] => {
      const { value, label, hint } = read(entry)
      if (typeof value !== 'string' || value === '') return []
      return [{ value, label: typeof label === 'string' && label !== '' ? label : value, ...(typeof hint === 'string' && hint !== '' && { hint }) }]
    })
    .toSorted((a, b) => a.label.localeCompare(b.label, 'en'))
}
