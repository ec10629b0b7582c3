import { Type } from 'typebox'
import { AnyObject, Count, Flags, Key, Line, Locale, Moment, Nullable, named, OneOf, Optional, PageOf, Strict, Text } from './base.ts'
import { FieldError, Priority, Severity } from './words.ts'

/** Liquid in every field; rendering checks it when the entry is saved. */
const Template = Type.String({ maxLength: 65_536 })
const Short = Type.String({ maxLength: 4096 })
export const TemplateTexts = Strict({
  title: Optional(Short),
  body: Optional(Template),
  subject: Optional(Short),
  html: Optional(Type.String({ maxLength: 262_144 })),
  url: Optional(Short),
  image: Optional(Short),
  actions: Optional(Type.Array(Strict({ label: Short, url: Short }), { maxItems: 10 })),
  fields: Optional(Type.Array(Strict({ label: Short, value: Short }), { maxItems: 25 })),
})
type Texts = Type.Static<typeof TemplateTexts>
const ChannelTexts = Type.Record(Text, TemplateTexts)

/** `locales` is the one key that is not a channel. Written by hand: a type cannot express "every other key". */
export const Templates = Type.Unsafe<{
  default?: Texts
  locales?: { [locale: string]: { [channel: string]: Texts } }
  [channel: string]: Texts | { [locale: string]: { [channel: string]: Texts } } | undefined
}>({
  type: 'object',
  maxProperties: 50,
  properties: { locales: Type.Record(Text, ChannelTexts, { maxProperties: 100, propertyNames: Locale }) },
  propertyNames: Key,
  additionalProperties: TemplateTexts,
})

const optional = {
  schema: Optional(AnyObject),
  dedup: Optional(Type.String({ minLength: 1, maxLength: 1024 })),
  channels: Optional(Flags),
  sample: Optional(AnyObject),
}
export const EventTypeInput = named(
  'EventTypeInput',
  Strict({
    name: Optional(Line(256)),
    category: Optional(Key),
    priority: Optional(Priority),
    severity: Optional(Severity),
    critical: Optional(Type.Boolean()),
    essential: Optional(Type.Boolean()),
    confirms: Optional(Type.Boolean()),
    tagFiltered: Optional(Type.Boolean()),
    locked: Optional(Type.Array(Key, { maxItems: 50 })),
    templates: Optional(Templates),
    locale: Optional(Locale),
    ...optional,
  }),
)
export const EventType = named(
  'EventType',
  Strict({
    key: Text,
    name: Text,
    category: Text,
    priority: Priority,
    severity: Severity,
    critical: Type.Boolean(),
    essential: Type.Boolean(),
    confirms: Type.Boolean(),
    tagFiltered: Type.Boolean(),
    locked: Type.Array(Text),
    templates: Templates,
    locale: Text,
    ...optional,
  }),
)
export const EventTypePage = PageOf(EventType)

export const Channel = named('Channel', Strict({ channel: Text, enabled: Type.Boolean(), usable: Type.Boolean(), needsDestination: Type.Boolean() }))
export const ChannelInput = Strict({ enabled: Type.Boolean() })
const Scalar = Type.Unsafe<string | number | boolean | null>({ type: ['string', 'number', 'boolean', 'null'] })
const Condition = Type.Union([Scalar, Type.Array(Scalar, { maxItems: 100 })], { description: 'must be a text, number, boolean or null, or a list of those' })
const Subscription = Strict({
  type: Type.String({ minLength: 1, maxLength: 128, pattern: '^(\\*|[A-Za-z0-9][A-Za-z0-9._:-]*)$', description: 'must be an event type key, or * for all' }),
  when: Optional(Type.Record(Text, Condition, { maxProperties: 20, propertyNames: Type.String({ minLength: 1, maxLength: 256 }) })),
})
const Limits = Strict({
  concurrency: Optional(Type.Integer({ minimum: 1, maximum: 500 })),
  rate: Optional(Strict({ count: Type.Integer({ minimum: 1, maximum: 100_000 }), perSeconds: Type.Integer({ minimum: 1, maximum: 86_400 }) })),
})
const connectionFields = {
  provider: Key,
  name: Line(128),
  settings: Optional(AnyObject),
  destination: Optional(Nullable(AnyObject)),
  personal: Optional(
    Type.Boolean({
      description:
        'True: serves a channel of people’s matrices. False: shared, with a destination of its own. Left out: a new connection is shared when it has a destination, else personal; a saved one stays as it is.',
    }),
  ),
  events: Optional(Type.Array(Subscription, { maxItems: 200 })),
  tags: Optional(Type.Array(Line(64), { maxItems: 20 })),
  minSeverity: Optional(Nullable(Severity)),
  priority: Optional(Type.Integer({ minimum: 0, maximum: 1000 })),
  enabled: Optional(Type.Boolean()),
  limits: Optional(Nullable(Limits)),
}
export const ConnectionInput = named('ConnectionInput', Strict(connectionFields))
const { provider: _provider, personal: _personal, ...changeable } = connectionFields
export const ConnectionPatch = named('ConnectionPatch', Strict({ ...changeable, name: Optional(changeable.name) }))
/** The query of the routes that save a connection. */
export const SaveQuery = Strict({
  test: Optional(Type.Boolean({ description: 'Sends real samples first, and saves only when they are accepted. A disabled connection is not tested.' })),
  force: Optional(Type.Boolean({ description: 'Saves an enabled connection in spite of warnings; errors are never waived.' })),
})
export const Health = Strict({
  state: OneOf(['healthy', 'failing', 'paused', 'blocked', 'off']),
  since: Moment,
  level: Count,
  until: Moment,
  failures: Count,
  lastFailureAt: Moment,
  lastError: Nullable(Text),
})
/** The read-only fields of a connection. */
const readOnlyFields = {
  id: Text,
  channel: Text,
  unknownTypes: Type.Array(Text),
  warnings: Type.Array(FieldError),
  health: Health,
  createdAt: Text,
  updatedAt: Text,
}
const replacementFields = { ...connectionFields, ...Type.Partial(Type.Object(readOnlyFields)).properties }
export const ConnectionReplacement = named('ConnectionReplacement', Strict(replacementFields))
export const ConnectionTestInput = named('ConnectionTestInput', Strict({ ...replacementFields, to: Optional(AnyObject) }))
export const ConnectionTest = named(
  'ConnectionTest',
  Strict({
    id: Nullable(Text),
    name: Text,
    ok: Type.Boolean(),
    sent: Type.Array(Text),
    failures: Type.Array(Strict({ field: Text, message: Text, severity: OneOf(['error', 'warning']), code: Text })),
  }),
)
export const ConnectionTestPage = PageOf(ConnectionTest)
export const Connection = named(
  'Connection',
  Strict({
    ...readOnlyFields,
    provider: Text,
    name: Text,
    settings: AnyObject,
    destination: Nullable(AnyObject),
    personal: Type.Boolean(),
    events: Type.Array(Subscription),
    tags: Type.Array(Text),
    minSeverity: Nullable(Severity),
    priority: Count,
    enabled: Type.Boolean(),
    limits: Nullable(Limits),
  }),
)
export const ConnectionPage = PageOf(Connection)
export const GenerateVapid = Strict({ replace: Optional(Type.Boolean()) })
