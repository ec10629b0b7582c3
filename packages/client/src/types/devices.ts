/** A browser (`{...subscription.toJSON(), keyId}`) or a phone (`{provider: 'fcm', token}`). Fields of other providers are refused. */
export interface DeviceInput {
  /** `web_push` when there is an endpoint, else `fcm` or `apns`. */
  provider?: string
  /** Default: by the provider. */
  platform?: 'web' | 'ios' | 'android' | 'macos' | 'windows' | 'other'
  /** The token that the phone's system gave the app. */
  token?: string
  /** Package name or bundle id. */
  app?: string
  /** `apns`: which of Apple's two services issued the token; default: both are tried. */
  environment?: 'production' | 'sandbox'
  endpoint?: string
  keys?: { p256dh: string; auth: string }
  /** Accepted, because browsers send it, but unused: the push service reports when a subscription ends. */
  expirationTime?: number | null
  /** `web_push`: from `pushKey()`; default: the current key. */
  keyId?: string
  /** Locale of the texts on this device, if it differs from the person's. */
  locale?: string
  name?: string
}

/** A device of one person; its token is never shown. */
export interface Device {
  id: string
  /** `web_push` or `mobile_push`. */
  channel: string
  provider: string
  platform: string
  app: string | null
  environment: string | null
  locale: string | null
  name: string | null
  keyId: string | null
  createdAt: string
  lastSeenAt: string
  /** Set when it must subscribe again. */
  goneAt: string | null
  goneReason: string | null
}

/** The key with which a browser subscribes: `publicKey` is its `applicationServerKey`. */
export interface PushKey {
  keyId: string
  publicKey: string
}

export interface GenerateVapid {
  /** Required when there are keys already: every browser must subscribe again afterwards. */
  replace?: boolean
}
