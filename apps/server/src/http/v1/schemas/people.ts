import { Type } from 'typebox'
import { AnyObject, Count, Email, Flags, Key, Line, Locale, Moment, Nullable, named, Optional, PageOf, Strict, Text, Timezone, UserId } from './base.ts'
import { Health } from './catalogue.ts'
import { AddressRecipient, UserRecipient } from './events.ts'

const profile = {
  email: Optional(Nullable(Email)),
  name: Optional(Nullable(Line(256))),
  locale: Optional(Nullable(Locale)),
  timezone: Optional(Nullable(Timezone)),
  data: Optional(AnyObject),
  active: Optional(Type.Boolean()),
}
export const UserInput = named('UserInput', Strict(profile))
export const UsersBatch = Strict({ users: Type.Array(Strict({ id: UserId, ...profile }), { minItems: 1, maxItems: 1000 }) })
export const UsersStored = Strict({ created: Count, updated: Count })
export const User = named(
  'User',
  Strict({
    id: Text,
    email: Nullable(Text),
    name: Nullable(Text),
    locale: Nullable(Text),
    timezone: Nullable(Text),
    data: AnyObject,
    active: Type.Boolean(),
    createdAt: Text,
    updatedAt: Text,
  }),
)
export const UserPage = PageOf(User)
export const UserTokenInput = Strict({ expiresIn: Optional(Type.Integer({ minimum: 60, maximum: 86_400 })) })
export const UserToken = Strict({ token: Text, expiresAt: Text })

export const TopicInput = Strict({ name: Optional(Line(256)), open: Optional(Type.Boolean()) })
export const Topic = named('Topic', Strict({ key: Text, name: Text, open: Type.Boolean(), subscribers: Count, createdAt: Text, updatedAt: Text }))
export const TopicPage = PageOf(Topic)
export const Subscriber = Strict({ member: Text, user: Nullable(Text), email: Nullable(Text), since: Text })
export const SubscriberPage = PageOf(Subscriber)
export const SubscribersInput = named(
  'SubscribersInput',
  Strict({
    add: Optional(
      Type.Array(Type.Union([UserId, UserRecipient, AddressRecipient], { description: 'must be a user id, {user, …} or {email, …}' }), { maxItems: 1000 }),
    ),
    remove: Optional(Type.Array(Type.Union([UserId, AddressRecipient], { description: 'must be a user id or {email}' }), { maxItems: 1000 })),
  }),
)
export const SubscribersChanged = Strict({ added: Count, removed: Count })

const state = { confirmedAt: Moment, goneAt: Moment, goneReason: Nullable(Text), health: Health }
const DestinationPlace = named('DestinationPlace', Strict({ place: Count, label: Text, ...state }))
export const Destination = named('Destination', Strict({ channel: Text, body: AnyObject, ...state, places: Type.Array(DestinationPlace), updatedAt: Text }))
export const DestinationPage = PageOf(Destination)
export const ConfirmInput = Strict({ code: Line(64) })

const cell = Strict({ enabled: Type.Boolean(), default: Type.Boolean(), locked: Type.Boolean() })
export const Routing = named(
  'Routing',
  Strict({
    channels: Type.Array(Text),
    eventTypes: Type.Array(
      Strict({ key: Text, name: Text, category: Text, critical: Type.Boolean(), essential: Type.Boolean(), channels: Type.Record(Text, cell) }),
    ),
  }),
)
const Switches = Type.Record(Text, Nullable(Type.Boolean()), { maxProperties: 100, propertyNames: Key })
const Nested = Type.Record(Text, Switches, { maxProperties: 1000, propertyNames: Key })
export const RoutingInput = Strict({ routes: Nested })
export const Preferences = named('Preferences', Strict({ channels: Flags, categories: Type.Record(Text, Flags) }))
export const PreferencesInput = Strict({ channels: Optional(Switches), categories: Optional(Nested) })
export const MyTopic = Strict({ key: Text, name: Text, since: Text })
