import { counted } from '../../domain/counted.ts'
import { quoted } from '../../domain/quoted.ts'
import { type AppriseUrl, saysNo } from './apprise-url.ts'
import type { Provider } from './contract.ts'

/** Arguments with a sign before their name, and what they change. */
const SIGNED = { '+': 'adds no header', '-': 'adds nothing to an address', ':': 'has no field to rename' } as const

/**
 * General arguments (https://github.com/caronc/apprise/wiki/URLBasics) that say how Apprise itself works: how it cuts, converts and retries.
 * The hub has its own rules for all of these, and none changes who is told, when, how loud or how safely.
 */
export const HARMLESS: ReadonlySet<string> = new Set([
  ...['format', 'overflow', 'emojis', 'interpret', 'redirect', 'rto', 'cto', 'retry', 'wait', 'optional', 'tz', 'store', 'verify'],
])

/**
 * The first argument of an Apprise URL that must be refused, or null. What a scheme reads is in its `reads`; everything else that may change
 * recipients, time, loudness, security or look is refused by its name, also a name that nobody knows: it may be misspelled.
 */
export function argumentProblem(url: AppriseUrl, { name, apprise, settings }: Provider): string | null {
  const refusal = (argument: string, why: string): string => `${argument} cannot be honoured, leave it out: ${why}`
  if (saysNo(url, 'verify') && !('allowInvalidCertificate' in settings.properties)) return refusal('verify=no', `the certificate of ${name} is always checked`)
  if (url.query.has('tag')) return refusal('tag=', 'a URL gets whatever is routed to it')
  const identity = apprise?.identity
  if (url.user !== undefined && identity === undefined) return refusal('user name', `${name} has none`)
  if (url.password !== undefined && identity !== 'both') return refusal('password', `${name} has none`)
  if (apprise?.segments !== undefined && url.path.length > apprise.segments)
    return refusal(`/${quoted(url.path[apprise.segments] ?? '')}`, `a URL of ${name} has at most ${counted(apprise.segments, 'part')} after its host`)
  const [twice] = url.repeated ?? []
  if (twice !== undefined) return `${quoted(twice)}= is given twice`
  for (const key of url.query.keys()) {
    const sign = Object.keys(SIGNED).find((one) => key.startsWith(one))
    if (sign !== undefined) {
      if (!apprise?.signs?.includes(sign)) return refusal(`${sign}name=`, `${name} ${SIGNED[sign as keyof typeof SIGNED]}`)
    } else if (!HARMLESS.has(key) && !apprise?.reads?.includes(key) && !(apprise?.off?.includes(key) && saysNo(url, key)))
      return refusal(`${quoted(key)}=`, `the hub has nothing like it for ${name}`)
  }
  return null
}
