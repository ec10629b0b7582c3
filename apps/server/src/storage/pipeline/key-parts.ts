import type { EventKey } from '../dialects/event-keys.ts'

/** The two numbers of a key: 16 characters of base64url, as `http/requests/idempotency.ts` makes them. */
export function eventKeyOf(key: string): EventKey {
  const bytes = Buffer.from(key, 'base64url')
  return { high: bytes.readUIntBE(0, 6), low: bytes.readUIntBE(6, 6) }
}
