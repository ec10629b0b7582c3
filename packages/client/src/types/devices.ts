/**
 * A browser (`{...subscription.toJSON(), keyId}`) or a phone (`{provider: 'fcm', token}`). The fields that its provider does not ask
 * for are refused.
 */
export interface DeviceInput {
  /** `web_push` when there is an endpoint, else `fcm` or `apns`. */
  provider?: string
  /** By the provider, unless said. */
  platform?: 'web' | 'ios' | 'android' | 'macos' | 'windows' | 'other'
  /** What the phone's system gave the app. */
  token?: string
  /** Package name or bundle id. */
  app?: string
  /** `apns`: which of Apple's two services made the token; both are tried unless said. */
  environment?: 'production' | 'sandbox'
  endpoint?: string
  keys?: { p256dh: string; auth: string }
  /** Taken, because browsers send it, and not used: the push service says when a subscription ends. */
  expirationTime?: number | null
  /** `web_push`: as `pushKey()` told it; the present key unless said. */
  keyId?: string
  /** Of the texts on this device, where it is not the person's own. */
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

/** With which key a browser subscribes: `publicKey` is its `applicationServerKey`. */
export interface PushKey {
  keyId: string
  publicKey: string
}

export interface GenerateVapid {
  /** Required when there are keys: every browser has to subscribe again then. */
  replace?: boolean
}
