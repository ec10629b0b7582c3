import { type AppriseUrl, saysNo } from './apprise-url.ts'
import type { Provider } from './contract.ts'

/** Arguments with a sign before their name, and what they change. */
const SIGNED = { '+': 'adds no header', '-': 'adds nothing to an address', ':': 'has no field to rename' } as const

/**
 * The first argument of an Apprise URL that must be refused, or null: one that would change security, recipients or payload. The other
 * general arguments (https://github.com/caronc/apprise/wiki/URLBasics: `format`, `overflow`, `emojis`, `redirect`, `rto`, `cto`, `retry`,
 * `wait`, `optional`, `tz`, `store`) are ignored, because the hub has its own rules for them.
 */
export function argumentProblem(url: AppriseUrl, { name, apprise, settings }: Provider): string | null {
  const refusal = (argument: string, why: string): string => `${argument} cannot be honoured, leave it out: ${why}`
  if (saysNo(url, 'verify') && !('allowInvalidCertificate' in settings.properties)) return refusal('verify=no', `the certificate of ${name} is always checked`)
  if (url.query.has('tag')) return refusal('tag=', 'a URL gets whatever is routed to it')
  for (const key of url.query.keys())
    for (const [sign, why] of Object.entries(SIGNED))
      if (key.startsWith(sign) && !apprise?.signs?.includes(sign)) return refusal(`${sign}name=`, `${name} ${why}`)
  return null
}
