import type * as Client from '@carillon/client'
import type { Static, TSchema } from 'typebox'
import { expect, it } from 'vitest'
import type { ErrorCode } from '../../../errors.ts'
import type { PreferenceBody, PreferencePatch } from '../../../storage/people/preferences.ts'
import { shared } from './base.ts'
import * as catalogue from './catalogue.ts'
import * as deliveries from './deliveries.ts'
import * as devices from './devices.ts'
import * as events from './events.ts'
import * as forms from './forms.ts'
import * as operations from './operations.ts'
import * as people from './people.ts'
import { Problem } from './words.ts'

/** Every optional field made required, at every depth: `{}` and `{a?: string}` are assignable to each other, these are not. */
type Whole<T> = T extends string | number | boolean | null | undefined
  ? T
  : T extends readonly (infer Item)[]
    ? Whole<Item>[]
    : Client.JsonObject extends T
      ? T
      : { [K in keyof T]-?: Whole<T[K]> }
type Fits<A, B> = [A] extends [B] ? ([B] extends [A] ? true : false) : false
type Same<A, B> = Fits<A, B> extends true ? Fits<Whole<A>, Whole<B>> : false

/** Compiles only when the schema's type and the client's interface are equal in both directions. */
function same<Contract>() {
  return <Schema extends TSchema>(schema: Schema, ..._equal: Same<Static<Schema>, Contract> extends true ? [] : [never]): Schema => schema
}

it('keeps the schemas of the server and the interfaces of the client equal', () => {
  const compared = [
    same<Client.EventReport>()(events.EventReport),
    same<Client.NotificationReport>()(events.NotificationReport),
    same<Client.Recipient>()(events.Recipient),
    same<Client.Accepted>()(events.Accepted),
    same<Client.BatchItem>()(events.BatchItem),
    same<Client.BatchAccepted>()(events.BatchAccepted),
    same<Client.Event>()(events.Event),
    same<Client.Page<Client.Event>>()(events.EventPage),
    same<Client.EventDetail>()(events.EventDetail),
    same<Client.Decision>()(events.Decision),
    same<Client.Trace>()(events.Trace),
    same<Client.Cancelled>()(events.Cancelled),
    same<Client.DeliverySummary>()(deliveries.DeliverySummary),
    same<Client.Delivery>()(deliveries.Delivery),
    same<Client.RetryQuery>()(deliveries.RetryQuery),
    same<Client.Retried>()(deliveries.Retried),
    same<Client.TemplateTexts>()(catalogue.TemplateTexts),
    same<Client.Templates>()(catalogue.Templates),
    same<Client.EventTypeInput>()(catalogue.EventTypeInput),
    same<Client.EventType>()(catalogue.EventType),
    same<Client.Channel>()(catalogue.Channel),
    same<Client.Provider>()(forms.Provider),
    same<Client.OptionsInput>()(forms.OptionsInput),
    same<Client.Option>()(forms.Option),
    same<Client.Tag>()(forms.Tag),
    same<Client.ConnectionInput>()(catalogue.ConnectionInput),
    same<Client.ConnectionReplacement>()(catalogue.ConnectionReplacement),
    same<Client.ConnectionPatch>()(catalogue.ConnectionPatch),
    same<Client.SaveOptions>()(catalogue.SaveQuery),
    same<Client.Connection>()(catalogue.Connection),
    same<Client.ConnectionTestInput>()(catalogue.ConnectionTestInput),
    same<Client.ConnectionTest>()(catalogue.ConnectionTest),
    same<Client.Health>()(catalogue.Health),
    same<Client.GenerateVapid>()(catalogue.GenerateVapid),
    same<Client.DeviceInput>()(devices.DeviceInput),
    same<Client.Device>()(devices.Device),
    same<Client.PushKey>()(devices.PushKey),
    same<Client.UserInput>()(people.UserInput),
    same<Client.UsersBatch>()(people.UsersBatch),
    same<Client.UsersStored>()(people.UsersStored),
    same<Client.User>()(people.User),
    same<Client.UserTokenInput>()(people.UserTokenInput),
    same<Client.UserToken>()(people.UserToken),
    same<Client.TopicInput>()(people.TopicInput),
    same<Client.Topic>()(people.Topic),
    same<Client.Subscriber>()(people.Subscriber),
    same<Client.SubscribersInput>()(people.SubscribersInput),
    same<Client.SubscribersChanged>()(people.SubscribersChanged),
    same<Client.Destination>()(people.Destination),
    same<Client.ConfirmInput>()(people.ConfirmInput),
    same<Client.Routing>()(people.Routing),
    same<Client.RoutingInput>()(people.RoutingInput),
    same<Client.Preferences>()(people.Preferences),
    // The stored and the shown preferences have one shape: a new field must reach both, or this does not compile.
    same<PreferenceBody>()(people.Preferences),
    same<PreferencePatch>()(people.PreferencesInput),
    same<Client.PreferencesInput>()(people.PreferencesInput),
    same<Client.MyTopic>()(people.MyTopic),
    same<Client.ApiKeyInput>()(operations.ApiKeyInput),
    same<Client.ApiKey>()(operations.ApiKey),
    same<Client.NewApiKey>()(operations.NewApiKey),
    same<Client.AuditEntry>()(operations.AuditEntry),
    same<Client.HubHealth>()(operations.HubHealth),
    same<Client.Problem>()(Problem),
  ]
  expect(compared.every((schema) => typeof schema === 'object')).toBe(true)
})

it('keeps the error codes of the client equal to those of the server', () => {
  // Compiles only when neither side has a code that the other lacks.
  const equal: Fits<ErrorCode, Client.ErrorCode> = true
  expect(equal).toBe(true)
})

it('notices a field that one side lacks, and one that is optional on one side only', () => {
  const missing: Same<{ a: string; b?: string }, { a: string }> = false
  const optional: Same<{ a?: string }, { a: string }> = false
  const equal: Same<{ a?: string[] }, { a?: string[] }> = true
  expect([missing, optional, equal]).toEqual([false, false, true])
})

it('names every shared schema once', () => {
  const names = shared.map((schema) => '$id' in schema && schema.$id)
  expect(new Set(names).size).toBe(names.length)
})
