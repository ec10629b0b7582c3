import type { Static, TObject } from 'typebox'
import Schema from 'typebox/schema'
import type { JsonObject } from '../../domain/json.ts'
import type { Http, Provider, ProviderDefinition, SendJob, VerifyJob } from './contract.ts'
import { DeliveryError } from './delivery-error.ts'
import { serverHeaderProblems, withHeaderArguments, withHeaders, withServerHeaders } from './extra-headers.ts'
import { formFault } from './form-fault.ts'
import { mentionedAdvice, mentions } from './mentioned.ts'
import { listenTo } from './named-parts.ts'
import { proxyProblems, throughProxy, withProxy } from './proxy.ts'
import { writable } from './receipt.ts'
import { trustIn } from './trust.ts'

/**
 * Closes a definition over its types. What it adds: stored forms are checked before each use; the two settings of `trustSettings`, `proxy` and
 * `headers` are obeyed; a refusal says which parts of the message the vendor named; advice on
 * addresses that are only passed on; receipts are cut to what every database can keep.
 */
export function defineProvider<Settings extends TObject, Destination extends TObject, Shared extends TObject = Destination>(
  definition: ProviderDefinition<Settings, Destination, Shared>,
): Provider {
  type To = Static<Destination> | Static<Shared>
  const goesOut = definition.local !== true
  const { serverHeaders } = definition
  const headed = serverHeaders === undefined ? definition.settings : withServerHeaders(definition.settings)
  const settings = goesOut ? withProxy(headed) : headed
  const prepared = <Job extends { settings: object; http: Http }>(job: Job): Job => {
    const through = throughProxy(job)
    return trust.job(serverHeaders === undefined ? through : withHeaders(through))
  }
  const settingsSchema = Schema.Compile(settings)
  const destinationSchema = Schema.Compile(definition.destination)
  const sharedSchema = definition.sharedDestination ? Schema.Compile(definition.sharedDestination) : destinationSchema
  const { verify, advise, ...rest } = definition
  const trust = trustIn(definition.settings)
  // The casts below are the only ones: the schemas have just been checked, or were when the row was written.
  return {
    ...rest,
    settings,
    ...(rest.apprise && serverHeaders && { apprise: withHeaderArguments(rest.apprise, definition.settings) }),
    preview: definition.preview ?? false,
    concurrency: (settings) => definition.concurrency?.(settings as Static<Settings>) ?? definition.capabilities.concurrency,
    send(job) {
      const wrong = formFault(settingsSchema, job.settings)
      if (wrong !== null)
        return Promise.reject(new DeliveryError('misconfigured', `The settings of the ${definition.name} connection: ${wrong}`, { code: 'settings' }))
      const fault = sharedSchema.Check(job.destination) ? null : formFault(destinationSchema, job.destination)
      if (fault !== null) return Promise.reject(new DeliveryError('unreachable', `The ${definition.name} destination: ${fault}`, { code: 'destination' }))
      const ready = prepared(job)
      const ears = listenTo(ready.http)
      const heard = definition.names === undefined ? ready : { ...ready, http: ears.http }
      return definition.send(heard as unknown as SendJob<Static<Settings>, To>).then(writable, (error: unknown) => {
        if (error instanceof DeliveryError && definition.names !== undefined) error.parts = ears.named(definition.names)
        return trust.advise(error)
      })
    },
    check: (given, around = {}) => [
      ...(definition.check?.(given as { settings?: Static<Settings>; destination?: To; own?: boolean }, around) ?? []),
      ...trust.problems(given.settings),
      ...(goesOut ? proxyProblems(given.settings) : []),
      ...(serverHeaders === undefined ? [] : serverHeaderProblems(given.settings, serverHeaders)),
    ],
    ...((advise !== undefined || mentions(definition.settings, definition.destination)) && {
      advise(given: { settings?: JsonObject; destination?: JsonObject }) {
        const own = advise?.(given as { settings?: Static<Settings>; destination?: To }) ?? []
        const others = mentionedAdvice(definition.settings, definition.destination, given)
        return [...own, ...others.filter(({ pointer }) => !own.some((one) => one.pointer === pointer))]
      },
    }),
    ...(verify && {
      verify: (given: VerifyJob) => verify(prepared(given) as typeof given & { settings: Static<Settings> }).catch(trust.advise),
    }),
    sameAddress: (destination) =>
      definition.sameAddress?.(destination as To) ?? JSON.stringify(Object.entries(destination).sort(([a], [b]) => (a < b ? -1 : 1))),
    ownTarget: (destination) => definition.ownTarget?.(destination as To) ?? definition.capabilities.target === 'destination',
    dispose: (settings) => definition.dispose?.(settings as Static<Settings>),
  }
}
