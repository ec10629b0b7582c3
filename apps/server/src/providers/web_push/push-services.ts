/** Hosts of the browsers' push services: Chrome and derivatives, Firefox, Edge, Safari. Includes their subdomains. */
const KNOWN = ['fcm.googleapis.com', 'push.services.mozilla.com', 'notify.windows.com', 'push.apple.com']

const HOST = /^(?=.{1,253}$)[a-z0-9]([a-z0-9-]*[a-z0-9])?(\.[a-z0-9]([a-z0-9-]*[a-z0-9])?)*$/

/** An entry is a host (https on port 443, subdomains included) or one exact origin. */
export const isEntry = (entry: string): boolean => HOST.test(entry) || originOf(entry) === entry

/**
 * Whether a subscription may be called. Its endpoint comes from a browser, so without a list anyone could make the hub call any server.
 * Parsed hosts are compared, so a path or a longer name cannot match.
 */
export function isPushService(endpoint: string, further: readonly string[] = []): boolean {
  const url = URL.parse(endpoint)
  if (url === null || url.username !== '' || url.password !== '') return false
  if (further.includes(url.origin)) return true
  if (url.protocol !== 'https:' || url.port !== '') return false
  return [...KNOWN, ...further].some((host) => url.hostname === host || url.hostname.endsWith(`.${host}`))
}

/** The origin of an http(s) address that has nothing else. */
function originOf(text: string): string | null {
  const url = URL.parse(text)
  return url !== null && /^https?:$/.test(url.protocol) ? url.origin : null
}
