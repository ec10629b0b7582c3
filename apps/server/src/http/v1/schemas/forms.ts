import { Type } from 'typebox'
import { AnyObject, Count, Nullable, named, OneOf, Optional, PageOf, Strict, Text } from './base.ts'

export const Provider = named(
  'Provider',
  Strict({
    id: Text,
    name: Text,
    channel: Text,
    docs: Text,
    settings: AnyObject,
    destination: AnyObject,
    sharedDestination: Optional(AnyObject),
    preview: Type.Boolean(),
    devices: Type.Boolean(),
    limits: Strict({ concurrency: Count, rate: Nullable(Strict({ count: Count, perSeconds: Count, of: OneOf(['connection', 'destination']) })) }),
  }),
)
export const ProviderPage = PageOf(Provider)

export const OptionsInput = named(
  'OptionsInput',
  Strict({ settings: Optional(AnyObject), destination: Optional(AnyObject), id: Optional(Type.String({ maxLength: 64 })) }),
)
export const Option = named('Option', Strict({ value: Text, label: Text, hint: Optional(Text) }))
export const OptionPage = PageOf(Option)

export const Tag = named('Tag', Strict({ tag: Text, connections: Count }))
export const TagPage = PageOf(Tag)
