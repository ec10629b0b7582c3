import { Type } from 'typebox'
import { Key, Line, Locale, Moment, Nullable, named, OneOf, Optional, PageOf, Strict, Text } from './base.ts'

const PLATFORMS = ['web', 'ios', 'android', 'macos', 'windows', 'other'] as const
const Secret = Type.String({ minLength: 1, maxLength: 4096 })

/** The provider's form checks its own fields; this schema has only the fields that any device may have. */
export const DeviceInput = named(
  'DeviceInput',
  Strict({
    provider: Optional(Key),
    platform: Optional(OneOf(PLATFORMS)),
    token: Optional(Secret),
    app: Optional(Line(155)),
    environment: Optional(OneOf(['production', 'sandbox'])),
    endpoint: Optional(Type.String({ minLength: 1, maxLength: 2048 })),
    keys: Optional(Strict({ p256dh: Line(256), auth: Line(256) })),
    expirationTime: Optional(Nullable(Type.Number())),
    keyId: Optional(Line(32)),
    locale: Optional(Locale),
    name: Optional(Line(64)),
  }),
)
export const Device = named(
  'Device',
  Strict({
    id: Text,
    channel: Text,
    provider: Text,
    platform: Text,
    app: Nullable(Text),
    environment: Nullable(Text),
    locale: Nullable(Text),
    name: Nullable(Text),
    keyId: Nullable(Text),
    createdAt: Text,
    lastSeenAt: Text,
    goneAt: Moment,
    goneReason: Nullable(Text),
  }),
)
export const DevicePage = PageOf(Device)
export const PushKey = Strict({ keyId: Text, publicKey: Text })
